import {
  type Change,
  emptyRecord,
  net,
  type Policy,
  type PresenceEvent,
  transition,
  type UserRecord,
} from '../machine/index.ts'
import { connectionOf } from './end-reason.ts'
import type { Pending, UserEntry } from './user-entry.ts'

/** What a node makes of everything it knows about one user at one moment. */
export interface Decision {
  readonly record: UserRecord | null
  readonly changes: readonly Change[]
  /** It must be stored now; otherwise it may wait until `flushAt`. */
  readonly urgent: boolean
  /** When something that nobody can see has waited long enough; `null`: nothing waits. */
  readonly flushAt: number | null
  /** Something that is not about a connection held here changed nothing: only the stored record can say so. */
  readonly needsConfirmation: boolean
}

/** The node that decides. */
export interface Self {
  readonly nodeId: string
  readonly flushEveryMs: number
  /** Losses and leases must not end now. */
  readonly holdsOff: boolean
}

/** Events whose effect nobody can see may wait for a batch; opens, ends, claims and messages never do. */
function mayWait(type: Pending['event']['type']): boolean {
  return type === 'input' || type === 'beat' || type === 'touch' || type === 'advance'
}

/** Whether an event is about a connection held here, of which nobody knows more than this node. */
function isOfHeld({ held }: UserEntry, event: Pending['event']): boolean {
  let connectionId: string | null = null
  if (event.type === 'open') connectionId = event.opening.connectionId
  else if (event.type === 'announce') connectionId = event.connection.id
  else if ('connectionId' in event) connectionId = event.connectionId
  for (let handle = held; handle !== null; handle = handle.next) if (handle.connectionId === connectionId) return true
  return false
}

/** Applies, in order, the inputs that handles noted, the quiet events and the pending ones, then lets time pass. */
export function decide(
  entry: UserEntry,
  quiet: readonly PresenceEvent[],
  pending: readonly Pending[],
  inputs: Float64Array,
  now: number,
  policy: Policy,
  self: Self,
): Decision {
  const stored = entry.stored ?? null
  const { userId } = entry
  const { nodeId, holdsOff } = self
  const who = { userId, nodeId, holdsOff }
  let record = stored
  let changes: readonly Change[] = []
  let urgent = false
  let needsConfirmation = false
  const apply = (event: PresenceEvent) => {
    const result = transition(record, event, now, policy, who)
    record = result.record
    if (result.changes.length > 0) changes = changes.length === 0 ? result.changes : [...changes, ...result.changes]
    return result.verdict
  }
  for (let handle = entry.held; handle !== null; handle = handle.next) {
    const at = inputs[handle.slot] as number
    const connection = stored === null ? undefined : connectionOf(stored, handle.connectionId)
    if (connection !== undefined && at > connection.inputAt)
      apply({ type: 'input', at, connectionId: handle.connectionId })
  }
  for (const event of quiet) apply(event)
  for (const item of pending) {
    const { event } = item
    if (event.type === 'review') {
      needsConfirmation = true
      apply({ type: 'advance' })
    } else if (event.type === 'forget') {
      item.verdict = record === null ? 'unchanged' : 'applied'
      record = null
    } else {
      // Whoever opened under a name that has died since is held by this node all the same.
      const isOurs = event.type === 'open' && event.leaseMs === null
      item.verdict = apply(isOurs && event.nodeId !== nodeId ? { ...event, nodeId } : event)
    }
    if (item.verdict !== 'applied') needsConfirmation ||= !isOfHeld(entry, event)
    else if (!mayWait(event.type)) urgent = true
  }
  if (pending.length === 0) apply({ type: 'advance' })
  // What several events did together may be nothing.
  if (changes.length > 1 || pending.length > 1) changes = net(stored ?? emptyRecord(userId), record, changes)
  urgent ||=
    changes.length > 0 ||
    (record === null && stored !== null) ||
    (stored !== null && (cameBack(stored, record) || othersNeed(stored, record, nodeId)))
  const flushAt =
    record === null || record === stored ? null : flushTime(stored, record, self.flushEveryMs, pending.length > 0)
  return { record, changes, urgent, flushAt, needsConfirmation }
}

/** Whether a lost connection is there again: another node would end it at the deadline that is stored. */
function cameBack(stored: UserRecord, record: UserRecord | null): boolean {
  if (record === null || record.connections === stored.connections) return false
  return record.connections.some(({ id, lost }) => lost === null && (connectionOf(stored, id)?.lost ?? null) !== null)
}

/**
 * Whether another node that holds a connection of the user would decide by what has changed here: nobody sees that one
 * of several connections turned idle, but whoever ends the others must know.
 */
function othersNeed(stored: UserRecord, record: UserRecord | null, nodeId: string): boolean {
  if (record === null || record.connections === stored.connections) return false
  if (!record.connections.some((connection) => connection.nodeId !== null && connection.nodeId !== nodeId)) return false
  return record.connections.some(({ id, phase }) => connectionOf(stored, id)?.phase !== phase)
}

/**
 * Last input waits for `flushEvery`. A sign of life of a leased connection is stored if the one before is a third of
 * the lease old, and at the latest, when no other comes, while a third of the stored lease is left.
 */
function flushTime(stored: UserRecord | null, record: UserRecord, flushEveryMs: number, justCame: boolean): number {
  if (stored === null) return 0
  let at = record.lastActiveAt > stored.lastActiveAt ? stored.lastActiveAt + flushEveryMs : Number.POSITIVE_INFINITY
  for (const { id, lease } of record.connections) {
    if (lease === null) continue
    const before = connectionOf(stored, id)?.lease
    if (before == null) return 0
    const third = (before.until - before.beatAt) / 3
    if (before.until !== lease.until) at = Math.min(at, before.beatAt + (justCame ? third : 2 * third))
  }
  return at
}

/** Whether a connection held here had input of which the record does not tell. */
export function hasNewInput({ stored, held }: UserEntry, inputs: Float64Array): boolean {
  if (stored == null) return false
  for (let handle = held; handle !== null; handle = handle.next) {
    const connection = connectionOf(stored, handle.connectionId)
    if (connection !== undefined && (inputs[handle.slot] as number) > connection.inputAt) return true
  }
  return false
}

/** Keeps the newest sign of life of each connection and session, and the newest input. */
export function mergeQuiet(quiet: readonly PresenceEvent[], pending: readonly Pending[]): readonly PresenceEvent[] {
  const merged = new Map(quiet.map((event) => [signOf(event), event]))
  for (const { event, verdict } of pending) {
    const sign = signOf(event)
    if (verdict !== 'applied' || sign === null) continue
    // In the order in which they happened.
    merged.delete(sign)
    merged.set(sign, event as PresenceEvent)
  }
  return [...merged.values()]
}

/** Whose sign of life an event is; `null`: it is none. */
function signOf(event: Pending['event']): string | null {
  switch (event.type) {
    case 'touch':
      return `touch ${event.isInput} ${event.opening.sessionId}`
    case 'beat':
    case 'input':
      return `${event.type} ${event.connectionId}`
    default:
      return null
  }
}
