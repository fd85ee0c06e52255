import type { PresenceEvent, UserRecord, Verdict } from '../machine/index.ts'
import type { HeldHandle } from './held-connection.ts'

/** What became of an event once the store answered. */
export interface Outcome {
  readonly verdict: Verdict
  /** The record that stands. */
  readonly record: UserRecord | null
}

/** An event that waits to be decided and saved. `forget` erases the user; `review` asks the store what stands. */
export interface Pending {
  readonly event: PresenceEvent | { readonly type: 'forget' } | { readonly type: 'review' }
  verdict: Verdict
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** What this node keeps of a user while it holds a connection of theirs, or has something to do for them. */
export interface UserEntry {
  readonly userId: string
  /** The scheduler's id of this entry. */
  readonly slot: number
  /** The record as last known to be stored; `undefined`: not known, read it when it is needed. */
  stored: UserRecord | null | undefined
  /** Events not yet in a call. */
  pending: readonly Pending[]
  /** The connections held here, linked by `next`: a list of its own would weigh more than they do. */
  held: HeldHandle | null
  /** Waits for its turn, or is in the call in flight. */
  busy: boolean
}

const NONE: readonly never[] = []

export function createUserEntry(userId: string, slot: number): UserEntry {
  return { userId, slot, stored: undefined, pending: NONE, held: null, busy: false }
}

/** Nothing left to do for the user, and nothing held. */
export function isIdle(entry: UserEntry): boolean {
  return entry.held === null && entry.pending.length === 0 && !entry.busy
}

export function addHeld(entry: UserEntry, handle: HeldHandle): void {
  handle.next = entry.held
  entry.held = handle
}

export function removeHeld(entry: UserEntry, handle: HeldHandle): void {
  if (entry.held === handle) {
    entry.held = handle.next
    return
  }
  for (let other = entry.held; other !== null; other = other.next) if (other.next === handle) other.next = handle.next
}

/** The held connections as a list, for work that may release some of them. */
export function heldOf(entry: UserEntry): HeldHandle[] {
  const handles: HeldHandle[] = []
  for (let handle = entry.held; handle !== null; handle = handle.next) handles.push(handle)
  return handles
}
