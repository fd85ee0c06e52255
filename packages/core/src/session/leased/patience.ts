import { createRecent } from '../../recent.ts'
import type { Clock } from '../../time/clock.ts'
import { type Buckets, createBuckets, type RateLimits } from '../rate-limits.ts'

/** What each user may send, over all requests to this node. */
export interface Patience {
  /** Takes one of the user's buckets; 0 if there was one, else the ms until there is. */
  take(userId: string, kind: keyof RateLimits): number
}

/** Requests have no connection to keep buckets with: they are kept by user, and forgotten once they are full again. */
export function createPatience(limits: RateLimits, clock: Clock): Patience {
  const slowest = Math.max(...Object.values(limits).map(({ burst, perSecond }) => (1000 * burst) / perSecond))
  const users = createRecent<Buckets>(clock, slowest)
  return {
    take(userId, kind) {
      const buckets = users.get(userId) ?? createBuckets(limits, clock)
      users.set(userId, buckets)
      return buckets.take(kind)
    },
  }
}
