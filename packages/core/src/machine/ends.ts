import { type Draft, indexOfConnection, over, seenAt, setConnection } from './draft.ts'
import type { PresenceEvent, Verdict } from './event.ts'
import type { Policy } from './policy.ts'
import { type Connection, type EndedMark, isOfRequests, type Loss } from './record.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** Newest marks kept per user; a user who ends more within `endedForMs` has a loop, not a life. */
const MAX_MARKS = 64

const NONE: readonly never[] = []

/** The last sign of life of a connection that ends at `at` by itself; a dormant one adds nothing. */
export function lastSignOf(connection: Connection, at: number): number {
  if (connection.phase === 'dormant') return 0
  if (connection.lost !== null) return connection.lost.at
  return connection.lease === null ? at : connection.lease.beatAt
}

/** Removes connections, and the claims bound to them. */
export function remove(draft: Draft, gone: readonly Connection[]): void {
  draft.connections =
    gone.length === draft.connections.length
      ? NONE
      : draft.connections.filter((connection) => !gone.includes(connection))
  if (draft.claims.some(({ connectionId }) => connectionId !== null)) {
    draft.claims = draft.claims.map((claim) => (gone.some(({ id }) => id === claim.connectionId) ? over(claim) : claim))
  }
}

/** Remembers ends. Old marks give way to new ones, never those of one end to each other. */
function remember(draft: Draft, marks: readonly EndedMark[]): void {
  const ended = draft.ended.length === 0 ? marks : draft.ended.concat(marks)
  draft.ended = ended.length <= MAX_MARKS ? ended : ended.slice(-Math.max(MAX_MARKS, marks.length))
}

/** Remembers that connections, under whatever ids they were known, are over for good. */
export function markEnded(
  draft: Draft,
  gone: readonly Pick<Connection, 'id' | 'replaces'>[],
  by: EndedMark['by'],
  at: number,
  policy: Policy,
  session: string | null = null,
): void {
  const until = at + policy.endedForMs
  const ids = gone.every(({ replaces }) => replaces.length === 0)
    ? gone.map(({ id }) => id)
    : gone.flatMap(({ id, replaces }) => [...replaces, id])
  const marks = ids.map((id): EndedMark => ({ kind: 'connection', id, by, at, until }))
  if (session !== null) marks.push({ kind: 'session', id: session, by, at, until })
  remember(draft, marks)
}

/** A deliberate end: at once, and a sign of life at its own instant. */
function endDeliberately(draft: Draft, gone: readonly Connection[], at: number): void {
  for (const connection of gone) if (connection.phase !== 'dormant') seenAt(draft, at)
  remove(draft, gone)
}

/** A connection leaves on purpose. It names itself and can never touch another. */
export function leave(draft: Draft, event: EventOf<'leave'>, policy: Policy): Verdict {
  const connection = draft.connections[indexOfConnection(draft, event.connectionId)]
  if (connection === undefined) return 'no-connection'
  endDeliberately(draft, [connection], event.at)
  markEnded(draft, [connection], 'leave', event.at, policy)
  return 'applied'
}

/** Ends all connections of a session, or of the user, opened until then. */
export function signOut(draft: Draft, event: EventOf<'sign-out'>, policy: Policy): Verdict {
  const { at, sessionId } = event
  const known =
    sessionId === null
      ? draft.signedOutAt >= at
      : draft.ended.some((ended) => ended.kind === 'session' && ended.id === sessionId && ended.at >= at)
  if (known) return 'unchanged'
  const gone = draft.connections.filter(
    (connection) => connection.openedAt <= at && (sessionId === null || connection.sessionId === sessionId),
  )
  endDeliberately(draft, gone, at)
  markEnded(draft, gone, 'sign-out', at, policy, sessionId)
  if (sessionId === null) draft.signedOutAt = at
  return 'applied'
}

/** An admin ends named connections, or all of them opened until then. */
export function kick(draft: Draft, event: EventOf<'kick'>, policy: Policy): Verdict {
  const { at, connectionIds } = event
  return connectionIds === null ? kickAll(draft, at, policy) : kickNamed(draft, connectionIds, at, policy)
}

function kickAll(draft: Draft, at: number, policy: Policy): Verdict {
  if (draft.signedOutAt >= at) return 'unchanged'
  const gone = draft.connections.filter(({ openedAt }) => openedAt <= at)
  endDeliberately(draft, gone, at)
  markEnded(draft, gone, 'kick', at, policy)
  draft.signedOutAt = at
  return 'applied'
}

/** To name a connection proves that it was open. */
function kickNamed(draft: Draft, ids: readonly string[], at: number, policy: Policy): Verdict {
  const gone = draft.connections.filter(({ id }) => ids.includes(id))
  const isAbsent = (id: string) => indexOfConnection(draft, id) < 0 && !draft.ended.some((mark) => mark.id === id)
  // These a sweep may have removed wrongly, or the store lost with all it knew: their holder would announce them.
  const absent = ids.filter(isAbsent).map((id) => ({ id, replaces: [] }))
  if (gone.length + absent.length === 0) return 'no-connection'
  endDeliberately(draft, gone, at)
  markEnded(draft, [...gone, ...absent], 'kick', at, policy)
  return 'applied'
}

function graceOf(cause: Loss['cause'], policy: Policy): number {
  if (cause === 'hint') return policy.hintGraceMs
  return cause === 'drain' ? policy.drainGraceMs : policy.graceMs
}

/** The page goes away, the transport is gone, or the node drains. The first loss sets the deadline; later ones change nothing. */
export function lose(draft: Draft, event: EventOf<'hint' | 'lost' | 'drain'>, policy: Policy): Verdict {
  const index = indexOfConnection(draft, event.connectionId)
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  if (connection.lost !== null) return 'unchanged'
  // Requests may have come since; a page that said it goes says nothing more, whatever the clocks of nodes make of that.
  if (connection.lease !== null && isOfRequests(connection) && event.at < connection.lease.beatAt) return 'unchanged'
  loseAt(draft, index, { cause: event.type, at: event.at, until: event.at + graceOf(event.type, policy) })
  return 'applied'
}

/** A node died: what it held is lost, at the time of the sweep that found it dead. */
export function loseNode(draft: Draft, event: EventOf<'node-lost'>, policy: Policy): Verdict {
  let verdict: Verdict = 'unchanged'
  draft.connections.forEach((connection, index) => {
    if (connection.nodeId !== event.nodeId || connection.lost !== null) return
    loseAt(draft, index, { cause: 'node-lost', at: event.at, until: event.at + policy.graceMs })
    verdict = 'applied'
  })
  return verdict
}

function loseAt(draft: Draft, index: number, lost: Loss): void {
  const connection = draft.connections[index] as Connection
  seenAt(draft, lastSignOf(connection, lost.at))
  setConnection(draft, index, { lost })
}

/** A grace or a lease ran out. Not deliberate: the id may be announced again. */
export function lapse(draft: Draft, index: number, at: number): void {
  const connection = draft.connections[index] as Connection
  seenAt(draft, lastSignOf(connection, at))
  remove(draft, [connection])
}

/** No input for too long. A dormant connection contributes nothing, and adds no sign of life from then on. */
export function turnDormant(draft: Draft, index: number, at: number): void {
  const connection = draft.connections[index] as Connection
  seenAt(draft, lastSignOf(connection, at))
  setConnection(draft, index, { phase: 'dormant' })
}
