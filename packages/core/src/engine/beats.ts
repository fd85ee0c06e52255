import { PresenceError } from '../errors.ts'
import type { Policy } from '../machine/index.ts'

/** Time that one beat may take on its way. */
export const BEAT_SLACK_MS = 10_000
/** Longest time between two beats that a client may declare: whoever goes without a word stays for twice as long. */
export const MAX_BEAT_MS = 10 * 60_000

/**
 * How long a leased connection lives whose next beat was declared: one may be lost, and one be late. Throws
 * `limit-exceeded` for what nobody may declare.
 */
export function leaseFor(nextInMs: number, policy: Policy): number {
  if (!(nextInMs > 0 && nextInMs <= MAX_BEAT_MS)) {
    throw new PresenceError(
      'limit-exceeded',
      `nextInMs is ${nextInMs}; declare the next beat within ${MAX_BEAT_MS} ms, and after more than 0`,
      { nextInMs, limit: MAX_BEAT_MS },
    )
  }
  return Math.max(policy.leaseMs, 2 * nextInMs + BEAT_SLACK_MS)
}
