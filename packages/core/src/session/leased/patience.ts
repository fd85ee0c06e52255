import type { Clock } from '../../time/clock.ts'
import { type Buckets, createBuckets, type RateLimits } from '../rate-limits.ts'

/** What each user may send, over all requests to this node. */
export interface Patience {
  /** Takes one of the user's buckets; 0 if there was one, else the ms until there is. */
  take(userId: string, kind: keyof RateLimits): number
}

/** Buckets that nobody took from for so long are full again, near enough. */
const FORGET_MS = 120_000

/** Requests have no connection to keep buckets with: they are kept by user, and forgotten. */
export function createPatience(limits: RateLimits, clock: Clock): Patience {
  // Two generations: what nobody used while the younger one filled goes with the older.
  let young = new Map<string, Buckets>()
  let old = new Map<string, Buckets>()
  let bornAt = clock.monotonic()
  return {
    take(userId, kind) {
      if (clock.monotonic() - bornAt >= FORGET_MS) {
        old = young
        young = new Map()
        bornAt = clock.monotonic()
      }
      let buckets = young.get(userId)
      if (buckets === undefined) {
        buckets = old.get(userId) ?? createBuckets(limits, clock)
        young.set(userId, buckets)
      }
      return buckets.take(kind)
    },
  }
}
