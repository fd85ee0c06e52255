import type { Policy } from './policy.ts'
import { type Connection, RECORD_FORMAT, type Shown, type UserRecord } from './record.ts'
import { isPresent } from './status.ts'

/** Something in a record that ends by itself at `at`. */
export interface Deadline {
  readonly kind: 'loss' | 'lease' | 'idle' | 'dormant' | 'claim' | 'message' | 'shown' | 'forget'
  readonly at: number
  /** Position of the connection or claim it belongs to. */
  readonly index: number
}

function boundClaimOf(record: UserRecord, connection: Connection): boolean {
  return record.claims.some((claim) => claim.status !== null && claim.connectionId === connection.id)
}

/** The best deadline so far, written in place: each transition asks several times. */
type Candidate = { -readonly [K in keyof Deadline]: Deadline[K] }

function consider(next: Candidate, kind: Deadline['kind'], at: number, index: number): void {
  if (at < next.at) {
    next.kind = kind
    next.at = at
    next.index = index
  }
}

/**
 * The next deadline of a record, or `null`. Idle and dormant of a held connection are decided by its holder alone,
 * for it alone knows the last input; for every other `self` they stand still. Of two at one instant the one that
 * ends more comes first, so that nobody turns idle in the instant of leaving. While `holdsOff`, losses and leases do
 * not end, nor does anything pass that such an end would have come before.
 */
export function nextDeadline(
  record: UserRecord,
  policy: Policy,
  self: string | null,
  holdsOff = false,
): Deadline | null {
  const next: Candidate = { kind: 'forget', at: Number.POSITIVE_INFINITY, index: 0 }
  const { connections, claims, message, shown } = record
  for (let i = 0; i < connections.length; i++) {
    const connection = connections[i] as Connection
    const { lost, lease } = connection
    if (lost !== null) {
      if (!holdsOff) consider(next, 'loss', lost.until, i)
      continue
    }
    if (lease === null && connection.nodeId !== self) continue
    if (lease !== null && !holdsOff) consider(next, 'lease', lease.until, i)
    const ends = lease === null ? Number.POSITIVE_INFINITY : lease.until
    const { phase, dormantAfterMs, idleAfterMs, inputAt, quietFrom } = connection
    if (phase !== 'dormant' && dormantAfterMs !== null && !(claims.length > 0 && boundClaimOf(record, connection))) {
      const at = Math.max(inputAt, quietFrom) + dormantAfterMs
      if (at < ends) consider(next, 'dormant', at, i)
    }
    if (phase === 'active' && idleAfterMs !== null && inputAt + idleAfterMs < ends) {
      consider(next, 'idle', inputAt + idleAfterMs, i)
    }
  }
  for (let i = 0; i < claims.length; i++) {
    const claim = claims[i]
    if (claim !== undefined && claim.status !== null && claim.until !== null) consider(next, 'claim', claim.until, i)
  }
  if (message !== null && message.until !== null) consider(next, 'message', message.until, 0)
  if (shown !== null) {
    if (shown.message !== null && shown.message.until !== null) consider(next, 'message', shown.message.until, 0)
    if (!isPresent(shown.status)) consider(next, 'shown', shownUntil(shown, policy), 0)
  }
  if (connections.length === 0) consider(next, 'forget', forgetAt(record, policy), 0)
  return next.at === Number.POSITIVE_INFINITY ? null : next
}

/**
 * A user without connections is kept for `forgetAfterMs` after the last thing that happened; longer where a claim or a
 * message still has an end to come, or an end must be remembered.
 */
function forgetAt(record: UserRecord, policy: Policy): number {
  const { lastSeenAt, statusSince, epoch, message, claims, ended, signedOutAt } = record
  let last = Math.max(lastSeenAt, statusSince, epoch, message?.at ?? 0)
  let until = Math.max(signedOutAt + policy.endedForMs, message?.until ?? 0)
  for (const claim of claims) {
    last = Math.max(last, claim.at)
    until = Math.max(until, claim.until ?? 0)
  }
  for (const mark of ended) until = Math.max(until, mark.until)
  return Math.max(last + policy.forgetAfterMs, until)
}

/** Others forget a user who hides as soon as they would one who left. */
function shownUntil({ statusSince, lastSeenAt, message }: Shown, policy: Policy): number {
  const last = Math.max(statusSince, lastSeenAt, message?.at ?? 0)
  return last === 0 ? Number.POSITIVE_INFINITY : Math.max(last + policy.forgetAfterMs, message?.until ?? 0)
}

/**
 * When a record next changes by itself, or `null` for never. Before that instant `advance` changes nothing (law 2).
 * The due index asks with `self: null`: it holds only deadlines that outlive a holder. A record of a newer format has
 * none that this code knows.
 */
export function wakeAt(
  record: UserRecord | null,
  policy: Policy,
  self: string | null,
  holdsOff = false,
): number | null {
  if (record === null || record.format > RECORD_FORMAT) return null
  return nextDeadline(record, policy, self, holdsOff)?.at ?? null
}
