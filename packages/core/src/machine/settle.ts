import { type Draft, seenAt } from './draft.ts'
import type { Policy } from './policy.ts'
import type { CauseNote, Shown, UserRecord } from './record.ts'
import { isInvisible, isPresent, statusOf } from './status.ts'
import { shownOf } from './view.ts'

/**
 * Brings status, stamps and what others see in line with the connections and claims that a step left behind.
 * `note.at` is the instant of the step.
 */
export function settle(before: UserRecord, draft: Draft, note: CauseNote, policy: Policy): void {
  if (draft.claims !== before.claims) restartDormancy(before, draft, note.at)
  draft.status = statusOf(draft.connections, draft.claims, note.at)
  if (draft.status !== before.status) {
    draft.statusSince = Math.max(note.at, before.statusSince)
    draft.cause = note
  }
  if (draft.shown !== null || draft.claims.length > 0) show(before, draft, note.at)
  if (draft.ended.length > 0 || draft.claims.length > 0) prune(draft, note.at, policy)
}

/** A claim bound to a connection kept it from turning dormant; once it ended, the clock starts anew. */
function restartDormancy(before: UserRecord, draft: Draft, at: number): void {
  const isBound = (record: UserRecord, id: string) =>
    record.claims.some((claim) => claim.status !== null && claim.connectionId === id)
  const freed = draft.connections.filter(({ id }) => isBound(before, id) && !isBound(draft, id))
  if (freed.length === 0) return
  draft.connections = draft.connections.map((connection) =>
    freed.includes(connection) ? { ...connection, quietFrom: Math.max(at, connection.quietFrom) } : connection,
  )
}

/** Freezes, keeps or thaws what others see. */
function show(before: UserRecord, draft: Draft, at: number): void {
  const was = isInvisible(before.claims)
  const is = isInvisible(draft.claims)
  if (is) {
    // An audience that is restored in the same step counts already.
    if (!was) draft.shown = { ...goneOffline(before, at), lastSeenTo: draft.lastSeenTo }
  } else if (was) {
    // To one who is absent the old stamps stand.
    if (isPresent(draft.status)) comeOnline(draft, at)
  } else if (draft.shown !== null && draft.status !== before.status) {
    // The first change that others see too brings both into line again.
    drop(draft, draft.shown)
  }
}

/** Exactly what others would see had the user gone offline at that moment. */
function goneOffline(before: UserRecord, at: number): Shown {
  const { status, statusSince, lastSeenAt, lastSeenTo, message } = shownOf(before)
  if (!isPresent(status)) return { status, statusSince, lastSeenAt, lastSeenTo, message }
  return {
    status: 'offline',
    statusSince: Math.max(at, statusSince),
    lastSeenAt: Math.max(at, lastSeenAt),
    lastSeenTo,
    message,
  }
}

/**
 * The invisible claim ended and the user is there: for others they come online now. Now is also the last sign of life
 * of theirs that may ever show, for what came before it is not for others to know.
 */
function comeOnline(draft: Draft, at: number): void {
  const shown = draft.shown as Shown
  const statusSince = Math.max(at, shown.statusSince)
  seenAt(draft, Math.max(at, shown.lastSeenAt))
  if (draft.statusSince >= statusSince) {
    drop(draft, shown)
  } else {
    const { status, lastSeenAt, lastSeenTo, message } = draft
    draft.shown = { status, statusSince, lastSeenAt, lastSeenTo, message }
  }
}

/** Others see the real state again; no stamp that they saw falls. */
function drop(draft: Draft, shown: Shown): void {
  draft.statusSince = Math.max(draft.statusSince, shown.statusSince)
  seenAt(draft, shown.lastSeenAt)
  draft.shown = null
}

/** Others forget a hidden user, as they would one who left. */
export function forgetShown(draft: Draft): void {
  const { lastSeenTo } = draft.shown as Shown
  draft.shown = { status: 'offline', statusSince: 0, lastSeenAt: 0, lastSeenTo, message: null }
}

/**
 * Marks and the stamps of cleared claims are forgotten in the first step after their time; of a user without
 * connections the stamps of claims stay, for they are the last that happened, and 30 days count from there.
 */
function prune(draft: Draft, at: number, policy: Policy): void {
  if (draft.ended.some(({ until }) => until <= at)) draft.ended = draft.ended.filter(({ until }) => until > at)
  if (draft.connections.length === 0) return
  const stale = (claim: { status: unknown; at: number }) => claim.status === null && claim.at + policy.endedForMs <= at
  if (draft.claims.some(stale)) draft.claims = draft.claims.filter((claim) => !stale(claim))
}
