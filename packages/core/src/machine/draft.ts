import type { Claim, Connection, StatusMessage, UserRecord } from './record.ts'

/** A copy of a record that a transition is still writing. Only its own fields may be set; what they hold is shared. */
export type Draft = { -readonly [K in keyof UserRecord]: UserRecord[K] }

export function indexOfConnection(record: UserRecord, connectionId: string): number {
  const { connections } = record
  for (let i = 0; i < connections.length; i++) if (connections[i]?.id === connectionId) return i
  return -1
}

/** Also finds the connection that took the named one's place: what the old one did before that applies to it. */
export function indexOfSuccessor(record: UserRecord, connectionId: string, at: number): number {
  const exact = indexOfConnection(record, connectionId)
  if (exact >= 0) return exact
  return record.connections.findIndex(({ replaces, openedAt }) => at <= openedAt && replaces.includes(connectionId))
}

/** Whether another connection took the place of the named one. */
export function isReplaced(record: UserRecord, connectionId: string): boolean {
  return record.connections.some(({ replaces }) => replaces.includes(connectionId))
}

export function setConnection(draft: Draft, index: number, patch: Partial<Connection>): void {
  const connections = draft.connections.slice()
  connections[index] = { ...(connections[index] as Connection), ...patch }
  draft.connections = connections
}

export function setClaim(draft: Draft, index: number, claim: Claim): void {
  const claims = draft.claims.slice()
  if (index < 0) claims.push(claim)
  else claims[index] = claim
  draft.claims = claims
}

/** A sign of life; the stamp never falls. */
export function seenAt(draft: Draft, at: number): void {
  if (at > draft.lastSeenAt) draft.lastSeenAt = at
}

/** Input; the stamp never falls. */
export function activeAt(draft: Draft, at: number): void {
  if (at > draft.lastActiveAt) draft.lastActiveAt = at
}

export function isBlank(message: StatusMessage | null): boolean {
  return message === null || (message.text === '' && message.emoji === null)
}

/** The same message, emptied; its stamp stays so that an older one cannot come back. */
export function blanked(message: StatusMessage): StatusMessage {
  return { text: '', emoji: null, until: null, at: message.at }
}

/** A claim that was cleared at `at`, kept for that stamp: no operation from before it counts. */
export function cleared(claim: Claim, at: number): Claim {
  return { ...claim, status: null, until: null, connectionId: null, at }
}

/**
 * A claim that expired, or died with the connection it still names. It keeps its own stamp, for an operation between
 * then and now is newer than it.
 */
export function over(claim: Claim): Claim {
  return { ...claim, status: null, until: null }
}
