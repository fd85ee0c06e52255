import type { Connection, Json, SpaceEntry } from '../machine/index.ts'
import { createRows, NO_ROW, placeOf } from './memory-rows.ts'
import { createSharing } from './memory-sharing.ts'

/** Connections without an object each: what is their own lies in rows, what many have in common is kept once. */
export interface ConnectionShelf {
  /** Keeps a list in the rows of the list before, which begin at `first`; answers where the new one begins. */
  put(first: number, connections: readonly Connection[]): number
  read(first: number): readonly Connection[]
}

/** What connections of one kind have in common: everything of a {@link Connection} that is not its own. */
type Manner = Omit<Connection, 'id' | 'sessionId' | 'openedAt' | 'inputAt' | 'resume' | 'meta'>

/** What not every connection has, but no two have in common. */
interface Own {
  /** `null`: the connection's own id. */
  readonly sessionId: string | null
  readonly meta: Json
  readonly resume: Connection['resume']
}

const OPENED_AT = 0
const INPUT_AT = 1
const NUMBERS = 3
const HALVES = 2 * NUMBERS
/** The number of the next connection's row, in a half. */
const NEXT = 4
const ID = 0
const MANNER = 1
const OWN = 2
const REFS = 3

const NONE: readonly Connection[] = []

export function createConnectionShelf(): ConnectionShelf {
  const rows = createRows({ numbers: NUMBERS, refs: REFS })
  const share = createSharing(keyOf, isSameManner)
  // Connections that are opened at once are of one manner.
  let latest: Manner | null = null

  const nextOf = (row: number) => rows.blockOf(row).halves[placeOf(row) * HALVES + NEXT] as number
  const freeFrom = (first: number) => {
    for (let row = first; row !== NO_ROW; ) {
      const next = nextOf(row)
      rows.free(row)
      row = next
    }
  }
  const link = (row: number, next: number) => {
    rows.blockOf(row).halves[placeOf(row) * HALVES + NEXT] = next
  }
  const sharedManner = (connection: Connection): Manner => {
    if (latest !== null && isMannerOf(latest, connection)) return latest
    const manner = mannerOf(connection)
    return isCommon(manner) ? share(manner) : manner
  }
  const write = (row: number, connection: Connection) => {
    const { numbers, refs } = rows.blockOf(row)
    const place = placeOf(row)
    numbers[place * NUMBERS + OPENED_AT] = connection.openedAt
    numbers[place * NUMBERS + INPUT_AT] = connection.inputAt
    const at = place * REFS
    const before = refs[at + MANNER] as Manner | null
    if (before === null || !isMannerOf(before, connection)) {
      latest = sharedManner(connection)
      refs[at + MANNER] = latest
    }
    if (refs[at + ID] === connection.id && isOwnOf(connection, refs[at + OWN] as Own | null)) return
    refs[at + ID] = connection.id
    refs[at + OWN] = ownOf(connection)
  }
  const readAt = (row: number): Connection => {
    const { numbers, refs } = rows.blockOf(row)
    const place = placeOf(row)
    const at = place * REFS
    const id = refs[at + ID] as string
    const manner = refs[at + MANNER] as Manner
    const own = refs[at + OWN] as Own | null
    return {
      id,
      sessionId: own?.sessionId ?? id,
      nodeId: manner.nodeId,
      openedAt: numbers[place * NUMBERS + OPENED_AT] as number,
      phase: manner.phase,
      inputAt: numbers[place * NUMBERS + INPUT_AT] as number,
      quietFrom: manner.quietFrom,
      idledAt: manner.idledAt,
      idleAfterMs: manner.idleAfterMs,
      dormantAfterMs: manner.dormantAfterMs,
      lost: manner.lost,
      lease: manner.lease,
      device: manner.device,
      meta: own === null ? null : own.meta,
      spaces: manner.spaces,
      resume: own === null ? null : own.resume,
      replaces: manner.replaces,
    }
  }

  return {
    put(first, connections) {
      let begin = NO_ROW
      let previous = NO_ROW
      let standing = first
      for (const connection of connections) {
        const row = standing === NO_ROW ? rows.take() : standing
        if (standing !== NO_ROW) standing = nextOf(row)
        write(row, connection)
        if (previous === NO_ROW) begin = row
        else link(previous, row)
        previous = row
      }
      if (previous !== NO_ROW) link(previous, NO_ROW)
      freeFrom(standing)
      return begin
    },
    read(first) {
      if (first === NO_ROW) return NONE
      const connections: Connection[] = []
      for (let row = first; row !== NO_ROW; row = nextOf(row)) connections.push(readAt(row))
      return connections
    },
  }
}

function mannerOf(connection: Connection): Manner {
  const { nodeId, phase, quietFrom, idledAt, idleAfterMs, dormantAfterMs, lost, lease, device, spaces, replaces } =
    connection
  return { nodeId, phase, quietFrom, idledAt, idleAfterMs, dormantAfterMs, lost, lease, device, spaces, replaces }
}

/** Whether this is the manner of the connection; found out without making one. */
function isMannerOf(manner: Manner, connection: Connection): boolean {
  return (
    manner.phase === connection.phase &&
    manner.nodeId === connection.nodeId &&
    manner.device === connection.device &&
    manner.quietFrom === connection.quietFrom &&
    manner.idledAt === connection.idledAt &&
    manner.idleAfterMs === connection.idleAfterMs &&
    manner.dormantAfterMs === connection.dormantAfterMs &&
    manner.lost === connection.lost &&
    manner.lease === connection.lease &&
    (manner.replaces === connection.replaces || manner.replaces.length + connection.replaces.length === 0) &&
    isSameEntries(manner.spaces, connection.spaces)
  )
}

function isSameEntries(a: readonly SpaceEntry[], b: readonly SpaceEntry[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const one = a[i] as SpaceEntry
    const other = b[i] as SpaceEntry
    if (one !== other && (one.space !== other.space || one.state !== other.state || one.at !== other.at)) return false
  }
  return true
}

function ownOf({ id, sessionId, meta, resume }: Connection): Own | null {
  if (sessionId === id && meta === null && resume === null) return null
  return { sessionId: sessionId === id ? null : sessionId, meta, resume }
}

/** Whether what is kept says the same, so that it need not be made again. */
function isOwnOf({ id, sessionId, meta, resume }: Connection, own: Own | null): boolean {
  if (own === null) return sessionId === id && meta === null && resume === null
  return (own.sessionId ?? id) === sessionId && own.meta === meta && own.resume === resume
}

/** Whether other connections are likely to be of the same manner: nothing in it happened to this one alone. */
function isCommon({ lost, lease, quietFrom, idledAt, replaces, spaces }: Manner): boolean {
  if (lost !== null || lease !== null || quietFrom !== 0 || idledAt !== 0 || replaces.length > 0) return false
  for (const { state, at } of spaces) if (state !== null || at !== 0) return false
  return true
}

function keyOf({ spaces, device }: Manner): string {
  return spaces[0]?.space ?? device ?? ''
}

/** For manners that are common. */
function isSameManner(a: Manner, b: Manner): boolean {
  return (
    a.phase === b.phase &&
    a.nodeId === b.nodeId &&
    a.device === b.device &&
    a.idleAfterMs === b.idleAfterMs &&
    a.dormantAfterMs === b.dormantAfterMs &&
    isSameSpaces(a.spaces, b.spaces)
  )
}

function isSameSpaces(a: readonly SpaceEntry[], b: readonly SpaceEntry[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i]?.space !== b[i]?.space) return false
  return true
}
