import { type Draft, indexOfSuccessor, setConnection } from './draft.ts'
import type { PresenceEvent, Verdict } from './event.ts'
import type { Connection, Json, SpaceEntry, UserRecord } from './record.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** Whether two JSON values are the same, key order aside. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  }
  const left = a as { readonly [key: string]: Json }
  const right = b as { readonly [key: string]: Json }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key] as Json, right[key] as Json))
}

/** Enters a space, or sets the state there; the newest one counts. */
export function enter(draft: Draft, event: EventOf<'enter'>): Verdict {
  const { at, space, state } = event
  const index = indexOfSuccessor(draft, event.connectionId, at)
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  const position = connection.spaces.findIndex((entry) => entry.space === space)
  const standing = connection.spaces[position]
  if (standing !== undefined && standing.at > at) return 'unchanged'
  const repeats = standing !== undefined && sameJson(standing.state, state)
  // To stay is no news: every page that reconnects says so. A state said again is, to an older one that comes later.
  if (repeats && (state === null || standing.at === at)) return 'unchanged'
  const entry: SpaceEntry = repeats ? { space, state, at, since: ageOf(standing) } : { space, state, at }
  const spaces = connection.spaces.slice()
  if (standing === undefined) spaces.push(entry)
  else spaces[position] = entry
  setConnection(draft, index, { spaces })
  return 'applied'
}

/** Exits a space. Only the connection's own stay ends; the user stays while another connection is there. */
export function exit(draft: Draft, event: EventOf<'exit'>): Verdict {
  const index = indexOfSuccessor(draft, event.connectionId, event.at)
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  const spaces = connection.spaces.filter((entry) => entry.space !== event.space || entry.at > event.at)
  if (spaces.length === connection.spaces.length) return 'unchanged'
  setConnection(draft, index, { spaces })
  return 'applied'
}

const NOWHERE: readonly SpaceEntry[] = []

/** The spaces a user is in over all connections, each with its newest state. */
export function spacesOf(record: UserRecord): readonly SpaceEntry[] {
  const { connections } = record
  if (connections.length === 0) return NOWHERE
  let spaces = (connections[0] as Connection).spaces
  for (let i = 1; i < connections.length; i++) {
    const more = (connections[i] as Connection).spaces
    if (more !== spaces && more.length > 0) spaces = spaces.length === 0 ? more : unionOf(spaces, more)
  }
  return spaces
}

/** When the state as it stands was said. */
function ageOf({ at, since = at }: SpaceEntry): number {
  return since
}

function unionOf(a: readonly SpaceEntry[], b: readonly SpaceEntry[]): readonly SpaceEntry[] {
  const union = a.slice()
  for (const entry of b) {
    const index = union.findIndex(({ space }) => space === entry.space)
    if (index < 0) union.push(entry)
    // Of two states from the opening, the later connection's counts.
    else if (ageOf(union[index] as SpaceEntry) <= ageOf(entry)) union[index] = entry
  }
  return union
}

/** Whether two lists of spaces read the same, whatever their order and their stamps. */
export function sameSpaces(a: readonly SpaceEntry[], b: readonly SpaceEntry[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  return a.every((entry) => {
    const other = b.find(({ space }) => space === entry.space)
    return other !== undefined && sameJson(entry.state, other.state)
  })
}
