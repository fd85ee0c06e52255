import { type Clock, PresenceError, type RateLimit } from '@rollcall/core'
import { createRecent } from './recent.ts'

/** What one session may write, on this node. */
export interface WriteLimit {
  /** Takes one from the session's bucket; 0 if there was one, else the ms until there is. */
  take(sessionKey: string): number
  /** The ms until there will be one; 0 if there is. */
  waitMs(sessionKey: string): number
}

/** Throws `invalid-option` for a limit that cannot work. */
export function createWriteLimit({ burst, perSecond }: RateLimit, clock: Clock): WriteLimit {
  if (!(burst >= 1 && perSecond > 0)) {
    throw new PresenceError(
      'invalid-option',
      `limits.writes is ${JSON.stringify({ burst, perSecond })}; give a burst from 1 and more than 0 requests per second`,
      { option: 'limits.writes' },
    )
  }
  const perRequestMs = 1000 / perSecond
  // When a bucket will be full again is all there is to know of it; a full one is forgotten.
  const fullAt = createRecent<number>(clock, burst * perRequestMs)
  /** When the bucket would be full again if one were taken now, and how long that has to wait. */
  const next = (sessionKey: string) => {
    const now = clock.monotonic()
    const full = Math.max(now, fullAt.get(sessionKey) ?? now) + perRequestMs
    return { full, waitMs: Math.max(0, Math.ceil(full - now - burst * perRequestMs)) }
  }
  return {
    take(sessionKey) {
      const { full, waitMs } = next(sessionKey)
      if (waitMs === 0) fullAt.set(sessionKey, full)
      return waitMs
    },
    waitMs: (sessionKey) => next(sessionKey).waitMs,
  }
}
