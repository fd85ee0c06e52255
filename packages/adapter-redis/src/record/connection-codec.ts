import type { Connection, ResumeMark, SpaceEntry } from '@rollcall/core'
import { fromRef, type NameRef, NONE, toRef, trimmed } from './names.ts'
import { fromOptionalStamp, fromStamp, type Stamp, toOptionalStamp, toStamp } from './stamps.ts'

/** What names are written as numbers, and what times are counted from. */
export interface Frame {
  readonly epoch: number
  readonly nodes: readonly string[]
  readonly spaces: readonly string[]
}

type StoredSpace = NameRef | readonly unknown[]

const PHASES: readonly Connection['phase'][] = ['active', 'idle', 'dormant']
/** The policy that most connections have. */
const USUAL_AFTER = [300_000, 1_800_000] as const

const DEFAULTS = [undefined, null, undefined, 0, NONE, null, 0, null, null, 0, 0, 0, 0, null, null, NONE]

/** A connection as a list. What is seldom anything but its default comes last, and is left out then. */
export function packConnection(connection: Connection, frame: Frame): unknown[] {
  const { epoch, nodes, spaces } = frame
  const { id, sessionId, nodeId, openedAt, inputAt, resume, lost, lease } = connection
  const { idleAfterMs, dormantAfterMs } = connection
  const isUsual = idleAfterMs === USUAL_AFTER[0] && dormantAfterMs === USUAL_AFTER[1]
  return trimmed(
    [
      id,
      nodeId === null ? null : toRef(nodeId, nodes),
      toStamp(openedAt, epoch),
      inputAt === openedAt ? 0 : [toStamp(inputAt, epoch)],
      connection.spaces.map((entry) => packSpace(entry, openedAt, frame)),
      resume === null ? null : packResume(resume),
      sessionId === id ? 0 : sessionId,
      connection.device,
      connection.meta,
      isUsual ? 0 : [idleAfterMs, dormantAfterMs],
      PHASES.indexOf(connection.phase),
      toStamp(connection.quietFrom, epoch),
      toStamp(connection.idledAt, epoch),
      lost === null ? null : [lost.cause, toStamp(lost.at, epoch), toStamp(lost.until, epoch)],
      lease === null ? null : [toStamp(lease.beatAt, epoch), toStamp(lease.until, epoch)],
      connection.replaces,
    ],
    DEFAULTS,
  )

  function packSpace({ space, state, at, since }: SpaceEntry, opened: number, _: Frame): StoredSpace {
    const ref = toRef(space, spaces)
    if (state === null && at === opened && since === undefined) return ref
    const rest = [ref, state, toStamp(at, epoch)]
    return since === undefined ? rest : [...rest, toOptionalStamp(since, epoch)]
  }
}

function packResume({ hash, instance, used }: ResumeMark): unknown[] {
  return [hash, instance, ...used]
}

export function unpackConnection(fields: readonly unknown[], frame: Frame): Connection {
  const { epoch, nodes, spaces } = frame
  const field = <T>(at: number): T => (fields[at] === undefined ? DEFAULTS[at] : fields[at]) as T
  const id = field<string>(0)
  const nodeId = field<NameRef | null>(1)
  const openedAt = fromStamp(field<Stamp>(2), epoch)
  const inputAt = field<0 | readonly [Stamp]>(3)
  const resume = field<readonly [string | null, string, ...string[]] | null>(5)
  const sessionId = field<0 | string>(6)
  const after = field<0 | readonly [number | null, number | null]>(9)
  const lost = field<readonly [NonNullable<Connection['lost']>['cause'], Stamp, Stamp] | null>(13)
  const lease = field<readonly [Stamp, Stamp] | null>(14)
  return {
    id,
    sessionId: sessionId === 0 ? id : sessionId,
    nodeId: nodeId === null ? null : fromRef(nodeId, nodes),
    openedAt,
    phase: PHASES[field<number>(10)] as Connection['phase'],
    inputAt: inputAt === 0 ? openedAt : fromStamp(inputAt[0], epoch),
    quietFrom: fromStamp(field<Stamp>(11), epoch),
    idledAt: fromStamp(field<Stamp>(12), epoch),
    idleAfterMs: after === 0 ? USUAL_AFTER[0] : after[0],
    dormantAfterMs: after === 0 ? USUAL_AFTER[1] : after[1],
    lost: lost && { cause: lost[0], at: fromStamp(lost[1], epoch), until: fromStamp(lost[2], epoch) },
    lease: lease && { beatAt: fromStamp(lease[0], epoch), until: fromStamp(lease[1], epoch) },
    device: field<string | null>(7),
    meta: field<Connection['meta']>(8),
    spaces: field<readonly StoredSpace[]>(4).map((stored) => unpackSpace(stored)),
    resume: resume && { hash: resume[0], instance: resume[1], used: resume.slice(2) as string[] },
    replaces: field<readonly string[]>(15),
  }

  function unpackSpace(stored: StoredSpace): SpaceEntry {
    if (typeof stored !== 'object') return { space: fromRef(stored, spaces), state: null, at: openedAt }
    const [ref, state, at, since] = stored as [NameRef, SpaceEntry['state'], Stamp, Stamp?]
    const entry = { space: fromRef(ref, spaces), state, at: fromStamp(at, epoch) }
    return since === undefined ? entry : { ...entry, since: fromOptionalStamp(since, epoch) as number }
  }
}
