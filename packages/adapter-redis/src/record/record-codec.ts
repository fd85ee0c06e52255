import { type Connection, emptyRecord, type UserRecord } from '@rollcall/core'
import { type Frame, packConnection, unpackConnection } from './connection-codec.ts'
import { fromRef, type NameRef, NONE, toRef, trimmed, writerOf } from './names.ts'
import { fromOptionalStamp, fromStamp, type Stamp, toOptionalStamp, toStamp } from './stamps.ts'

const FORMAT = emptyRecord('').format
const STATUSES: readonly UserRecord['status'][] = ['online', 'away', 'busy', 'dnd', 'offline']
const CLAIM_DEFAULTS = [undefined, undefined, undefined, undefined, undefined, null, null]
const DEFAULTS = [undefined, 1, 0, 0, 0, 0, 0, NONE, 0, NONE, null, NONE, 0, 'everyone', null, 0]

/** What the head of a stored value already says. */
export interface Known {
  readonly userId: string
  readonly rev: string
  readonly nodes: readonly string[]
  readonly spaces: readonly string[]
}

/** The record without what the head says; JSON, a list in this format and an object in any newer one. */
export function packRecord(record: UserRecord, known: Known): string {
  if (record.format !== FORMAT) return JSON.stringify(record)
  const frame = frameOf(known, record.statusSince, record.epoch)
  const { epoch, connections, cause, message, shown } = record
  const at = (time: number) => toStamp(time, frame.base)
  const packMessage = (of: UserRecord['message']) =>
    of === null ? null : [of.text, of.emoji, toOptionalStamp(of.until, frame.base), at(of.at)]
  const fields = [
    epoch,
    record.version,
    STATUSES.indexOf(record.status),
    toStamp(record.statusSince, epoch),
    at(record.lastActiveAt),
    at(record.lastSeenAt),
    packCause(cause, connections, frame),
    connections.map((connection) => packConnection(connection, frame)),
    isSame(record.grants, known.spaces) ? 0 : record.grants.map((grant) => toRef(grant, known.spaces)),
    record.claims.map(({ source, status, priority, until, connectionId, since, at: made }) =>
      trimmed(
        [source, status, priority, at(made), at(since), toOptionalStamp(until, frame.base), connectionId],
        CLAIM_DEFAULTS,
      ),
    ),
    packMessage(message),
    record.ended.map(({ kind, id, by, at: since, until }) => [kind[0], id, by, at(since), at(until)]),
    at(record.signedOutAt),
    record.lastSeenTo,
    shown && [
      STATUSES.indexOf(shown.status),
      at(shown.statusSince),
      at(shown.lastSeenAt),
      shown.lastSeenTo,
      packMessage(shown.message),
    ],
    at(record.lastSeenToAt),
  ]
  return JSON.stringify(trimmed(fields, DEFAULTS))
}

export function unpackRecord(body: string, known: Known): UserRecord {
  const parsed = JSON.parse(body) as readonly unknown[] | UserRecord
  if (!Array.isArray(parsed)) return parsed as UserRecord
  const field = <T>(place: number): T => (parsed[place] === undefined ? DEFAULTS[place] : parsed[place]) as T
  const epoch = field<number>(0)
  const statusSince = fromStamp(field(3), epoch)
  const frame = frameOf(known, statusSince, epoch)
  const at = (stamp: Stamp) => fromStamp(stamp, frame.base)
  const unpackMessage = (of: readonly [string, string | null, Stamp | null, Stamp] | null) =>
    of && { text: of[0], emoji: of[1], until: fromOptionalStamp(of[2], frame.base), at: at(of[3]) }
  const connections = field<readonly (readonly unknown[])[]>(7).map((each) => unpackConnection(each, frame))
  const cause = field<StoredCause | 0 | null>(6)
  const grants = field<readonly NameRef[] | 0>(8)
  const shown = field<
    readonly [number, Stamp, Stamp, UserRecord['lastSeenTo'], Parameters<typeof unpackMessage>[0]] | null
  >(14)
  return {
    format: FORMAT,
    userId: known.userId,
    rev: known.rev,
    epoch,
    version: field<number>(1),
    connections,
    claims: field<readonly StoredClaim[]>(9).map(
      ([source, status, priority, made, since, until = null, connectionId = null]) => ({
        source,
        status,
        priority,
        until: fromOptionalStamp(until, frame.base),
        connectionId,
        since: at(since),
        at: at(made),
      }),
    ),
    message: unpackMessage(field(10)),
    ended: field<readonly StoredMark[]>(11).map(([kind, id, by, since, until]) => ({
      kind: kind === 'c' ? 'connection' : 'session',
      id,
      by,
      at: at(since),
      until: at(until),
    })),
    signedOutAt: at(field(12)),
    lastSeenTo: field(13),
    lastSeenToAt: at(field(15)),
    grants: grants === 0 ? known.spaces : grants.map((ref) => fromRef(ref, known.spaces)),
    status: STATUSES[field<number>(2)] as UserRecord['status'],
    statusSince,
    lastActiveAt: at(field(4)),
    lastSeenAt: at(field(5)),
    cause: cause === null ? null : unpackCause(cause, connections, frame),
    shown: shown && {
      status: STATUSES[shown[0]] as UserRecord['status'],
      statusSince: at(shown[1]),
      lastSeenAt: at(shown[2]),
      lastSeenTo: shown[3],
      message: unpackMessage(shown[4]),
    },
  }
}

type Claim = UserRecord['claims'][number]
type StoredClaim = readonly [string, Claim['status'], number, Stamp, Stamp, (Stamp | null)?, (string | null)?]
type StoredMark = readonly ['c' | 's', string, UserRecord['ended'][number]['by'], Stamp, Stamp]
type Cause = NonNullable<UserRecord['cause']>
type StoredCause = readonly [Cause['cause'], Stamp, NameRef | null, NameRef | null]

/** Who came by the first connection, which is how most stand there. */
const CAME: StoredCause = ['connect', 1, 0, 0]

function packCause(of: Cause | null, connections: readonly Connection[], frame: Frame): StoredCause | 0 | null {
  if (of === null) return null
  const { cause, at, nodeId, connectionId } = of
  const position = connections.findIndex(({ id }) => id === connectionId)
  const connection = position < 0 ? connectionId : position
  const node = nodeId === null ? null : toRef(nodeId, frame.nodes)
  const stamp = toStamp(at, frame.base)
  const isUsual = cause === CAME[0] && stamp === CAME[1] && node === CAME[2] && connection === CAME[3]
  return isUsual ? 0 : [cause, stamp, node, connection]
}

function unpackCause(stored: StoredCause | 0, connections: readonly Connection[], frame: Frame): Cause {
  const [cause, at, node, connection] = stored === 0 ? CAME : stored
  return {
    cause,
    at: fromStamp(at, frame.base),
    nodeId: node === null ? null : fromRef(node, frame.nodes),
    connectionId: typeof connection === 'number' ? (connections[connection] as Connection).id : connection,
  }
}

/** Times lie around the last change of status. The writer is most often the holder, and then named only once. */
function frameOf({ rev, nodes, spaces }: Known, statusSince: number, epoch: number): Frame {
  return { base: statusSince === 0 ? epoch : statusSince, nodes: [...nodes, writerOf(rev)], spaces }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at])
}
