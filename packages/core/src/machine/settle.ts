import type { Draft } from './draft.ts'
import type { Policy } from './policy.ts'
import type { CauseNote, Shown, UserRecord } from './record.ts'
import { isInvisible, isPresent, statusOf } from './status.ts'
import { shownOf } from './view.ts'

/**
 * Brings status, stamps and what others see in line with the connections and claims that a step left behind.
 * `note.at` is the instant of the step, `now` the instant for which claims are weighed.
 */
export function settle(before: UserRecord, draft: Draft, note: CauseNote, now: number, policy: Policy): void {
  if (draft.claims !== before.claims) restartDormancy(before, draft, note.at)
  draft.status = statusOf(draft.connections, draft.claims, now)
  if (draft.status !== before.status) {
    draft.statusSince = Math.max(note.at, before.statusSince)
    draft.cause = note
  }
  if (draft.shown !== null || draft.claims.length > 0) show(before, draft, note.at, now)
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
function show(before: UserRecord, draft: Draft, at: number, now: number): void {
  const was = before.claims.some(({ status }) => status === 'invisible')
  const is = isInvisible(draft.claims, now)
  if (is && was) return
  if (is) draft.shown = goneOffline(before, at)
  else if (was && isPresent(draft.status)) draft.shown = comesOnline(before, draft, at)
  // Visible: the first change of the real status that others see too brings both into line again.
  else if (draft.shown !== null && !was && draft.status !== before.status) draft.shown = null
}

/** Exactly what others would see had the user gone offline at that moment. */
function goneOffline(before: UserRecord, at: number): Shown {
  const { status, statusSince, lastSeenAt, lastSeenTo, message } = shownOf(before)
  if (!isPresent(status)) return { status, statusSince, lastSeenAt, lastSeenTo, message }
  return { status: 'offline', statusSince: Math.max(at, statusSince), lastSeenAt: Math.max(at, lastSeenAt), lastSeenTo, message }
}

/** The invisible claim ended and the user is there: for others they come online now. */
function comesOnline(before: UserRecord, draft: Draft, at: number): Shown | null {
  if (draft.statusSince === at) return null
  const { lastSeenAt, lastSeenTo, message, status } = draft
  return { status, statusSince: Math.max(at, shownOf(before).statusSince), lastSeenAt, lastSeenTo, message }
}

/** Marks and the stamps of cleared claims are forgotten in the first step after their time. */
function prune(draft: Draft, at: number, policy: Policy): void {
  if (draft.ended.some(({ until }) => until <= at)) draft.ended = draft.ended.filter(({ until }) => until > at)
  const stale = (claim: { status: unknown; at: number }) => claim.status === null && claim.at + policy.endedForMs <= at
  if (draft.claims.some(stale)) draft.claims = draft.claims.filter((claim) => !stale(claim))
}
