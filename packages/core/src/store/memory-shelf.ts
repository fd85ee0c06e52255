import { emptyRecord, type IndexEntries, RECORD_FORMAT, type UserRecord } from '../machine/index.ts'
import { createConnectionShelf } from './memory-connections.ts'
import {
  type Footing,
  isCommonManner,
  isMannerOf,
  isRevOf,
  isSameManner,
  joinRev,
  keyOfManner,
  mannerOf,
  revisionOf,
  type UserManner,
  writerOf,
} from './memory-manner.ts'
import { createRows, NO_ROW, placeOf } from './memory-rows.ts'
import { createSharing } from './memory-sharing.ts'

/**
 * Records and index entries of all users, without an object each: numbers lie in rows, what many users have in common
 * is kept once, and a record is put together when somebody asks for it. Hands back exactly what it was given.
 */
export interface Shelf {
  /** The row of each user there is. */
  readonly rows: ReadonlyMap<string, number>
  /** Keeps a record in the user's row; takes one for a new user. */
  put(row: number | undefined, record: UserRecord, index: IndexEntries): number
  remove(row: number): void
  read(row: number): UserRecord
  userIdAt(row: number): string
  isRevAt(row: number, rev: string): boolean
  footingAt(row: number): Footing
  /** Where the due index keeps the user; −1: nowhere. */
  duePositionAt(row: number): number
  setDuePosition(row: number, position: number): void
}

const EPOCH = 0
const VERSION = 1
const STATUS_SINCE = 2
const LAST_ACTIVE_AT = 3
const LAST_SEEN_AT = 4
const REVISION = 5
const NUMBERS = 7
const HALVES = 2 * NUMBERS
/** In halves: the row of the first connection, and the place in the due index. */
const CONNECTIONS = 12
const DUE = 13
const USER_ID = 0
const MANNER = 1
const CAUSED_BY = 2
const REST = 3
const REFS = 4

/** What few users have. */
type Rest = Pick<UserRecord, 'claims' | 'message' | 'ended' | 'signedOutAt' | 'lastSeenToAt' | 'shown'>

const NONE: readonly never[] = []

export function createShelf(): Shelf {
  const rowOf = new Map<string, number>()
  const users = createRows({ numbers: NUMBERS, refs: REFS })
  const connections = createConnectionShelf()
  const share = createSharing(keyOfManner, isSameManner)
  // Users who come at once come in the same manner.
  let latest: UserManner | null = null

  const refAt = (row: number, ref: number) => users.blockOf(row).refs[placeOf(row) * REFS + ref]
  const mannerAt = (row: number) => refAt(row, MANNER) as UserManner
  const sharedManner = (record: UserRecord, writer: string, index: IndexEntries): UserManner => {
    if (latest !== null && isMannerOf(latest, record, writer, index)) return latest
    const manner = mannerOf(record, writer, index)
    return isCommonManner(manner) ? share(manner) : manner
  }
  const takeFor = (userId: string): number => {
    const row = users.take()
    const { refs, halves } = users.blockOf(row)
    refs[placeOf(row) * REFS + USER_ID] = userId
    halves[placeOf(row) * HALVES + CONNECTIONS] = NO_ROW
    halves[placeOf(row) * HALVES + DUE] = -1
    rowOf.set(userId, row)
    return row
  }

  return {
    rows: rowOf,
    put(standing, given, index) {
      const row = standing ?? takeFor(given.userId)
      const { numbers, halves, refs } = users.blockOf(row)
      const place = placeOf(row)
      // Of a format that is not ours nobody knows what it holds: it is kept as it came.
      const isForeign = given.format !== RECORD_FORMAT
      const record = isForeign ? { ...emptyRecord(given.userId), format: given.format, rev: given.rev } : given
      const n = place * NUMBERS
      numbers[n + EPOCH] = record.epoch
      numbers[n + VERSION] = record.version
      numbers[n + STATUS_SINCE] = record.statusSince
      numbers[n + LAST_ACTIVE_AT] = record.lastActiveAt
      numbers[n + LAST_SEEN_AT] = record.lastSeenAt
      const revision = revisionOf(record.rev)
      numbers[n + REVISION] = revision
      const r = place * REFS
      const before = refs[r + MANNER] as UserManner | null
      const writer = writerOf(record.rev, revision, (before ?? latest)?.writer ?? '')
      if (before === null || !isMannerOf(before, record, writer, index)) {
        latest = sharedManner(record, writer, index)
        refs[r + MANNER] = latest
      }
      refs[r + CAUSED_BY] = record.cause === null ? null : record.cause.connectionId
      refs[r + REST] = isForeign ? given : restOf(record)
      const first = place * HALVES + CONNECTIONS
      halves[first] = connections.put(halves[first] as number, record.connections)
      return row
    },
    remove(row) {
      const { halves } = users.blockOf(row)
      connections.put(halves[placeOf(row) * HALVES + CONNECTIONS] as number, NONE)
      rowOf.delete(refAt(row, USER_ID) as string)
      users.free(row)
    },
    read(row) {
      const { numbers, halves, refs } = users.blockOf(row)
      const place = placeOf(row)
      const r = place * REFS
      const manner = refs[r + MANNER] as UserManner
      const rest = refs[r + REST] as Rest | null
      if (manner.format !== RECORD_FORMAT) return rest as UserRecord
      const n = place * NUMBERS
      const statusSince = numbers[n + STATUS_SINCE] as number
      return {
        format: manner.format,
        userId: refs[r + USER_ID] as string,
        rev: joinRev(manner.writer, numbers[n + REVISION] as number),
        epoch: numbers[n + EPOCH] as number,
        version: numbers[n + VERSION] as number,
        connections: connections.read(halves[place * HALVES + CONNECTIONS] as number),
        claims: rest === null ? NONE : rest.claims,
        message: rest === null ? null : rest.message,
        ended: rest === null ? NONE : rest.ended,
        signedOutAt: rest === null ? 0 : rest.signedOutAt,
        lastSeenTo: manner.lastSeenTo,
        lastSeenToAt: rest === null ? 0 : rest.lastSeenToAt,
        grants: manner.grants,
        status: manner.status,
        statusSince,
        lastActiveAt: numbers[n + LAST_ACTIVE_AT] as number,
        lastSeenAt: numbers[n + LAST_SEEN_AT] as number,
        cause:
          manner.cause === null
            ? null
            : {
                cause: manner.cause,
                at: manner.causeAt ?? statusSince,
                nodeId: manner.causeNodeId,
                connectionId: refs[r + CAUSED_BY] as string | null,
              },
        shown: rest === null ? null : rest.shown,
      }
    },
    userIdAt: (row) => refAt(row, USER_ID) as string,
    isRevAt: (row, rev) =>
      isRevOf(rev, mannerAt(row).writer, users.blockOf(row).numbers[placeOf(row) * NUMBERS + REVISION] as number),
    footingAt: (row) => mannerAt(row).footing,
    duePositionAt: (row) => users.blockOf(row).halves[placeOf(row) * HALVES + DUE] as number,
    setDuePosition(row, position) {
      users.blockOf(row).halves[placeOf(row) * HALVES + DUE] = position
    },
  }
}

function restOf({ claims, message, ended, signedOutAt, lastSeenToAt, shown }: UserRecord): Rest | null {
  const isListed = claims.length > 0 || ended.length > 0
  if (!isListed && message === null && signedOutAt === 0 && lastSeenToAt === 0 && shown === null) return null
  return { claims, message, ended, signedOutAt, lastSeenToAt, shown }
}
