import type { PresenceEvent, UserRecord, Verdict } from '../machine/index.ts'
import type { HeldHandle } from './held-connection.ts'

/** What became of an event once the store answered. */
export interface Outcome {
  readonly verdict: Verdict
  /** The record that stands. */
  readonly record: UserRecord | null
}

/** An event that waits to be decided and saved. `forget` erases the user. */
export interface Pending {
  readonly event: PresenceEvent | { readonly type: 'forget' }
  verdict: Verdict
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** What this node keeps of a user while it holds a connection of theirs, or has something to do for them. */
export interface UserEntry {
  readonly userId: string
  /** The scheduler's id of this entry. */
  readonly slot: number
  /** The record as last known to be stored; `undefined`: not known. */
  stored: UserRecord | null | undefined
  /** Events not yet in a call. */
  pending: readonly Pending[]
  /** Signs of life that nobody can see and that may wait; at most one per connection or session. */
  quiet: readonly PresenceEvent[]
  held: readonly HeldHandle[]
  /** Waits for its turn, or is in the call in flight. */
  busy: boolean
}

const NONE: readonly never[] = []

export function createUserEntry(userId: string, slot: number): UserEntry {
  return { userId, slot, stored: undefined, pending: NONE, quiet: NONE, held: NONE, busy: false }
}

/** Nothing left to do for the user, and nothing held. */
export function isIdle(entry: UserEntry): boolean {
  return entry.held.length === 0 && entry.pending.length === 0 && entry.quiet.length === 0 && !entry.busy
}
