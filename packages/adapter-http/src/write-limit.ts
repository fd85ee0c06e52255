import { type Clock, createRecent, PresenceError, type RateLimit, takeOne } from '@rollcall/core'

/** What one session may write, on this node. */
export interface WriteLimit {
  /** Takes one from the session's bucket; 0 if there was one, else the ms until there is. */
  take(sessionKey: string): number
  /** The ms until there will be one; 0 if there is. */
  waitMs(sessionKey: string): number
}

/** Throws `invalid-option` for a limit that cannot work. */
export function createWriteLimit(limit: RateLimit, clock: Clock): WriteLimit {
  const { burst, perSecond } = limit
  if (!(burst >= 1 && perSecond > 0)) {
    throw new PresenceError(
      'invalid-option',
      `limits.writes is ${JSON.stringify({ burst, perSecond })}; give a burst from 1 and more than 0 requests per second`,
      { option: 'limits.writes' },
    )
  }
  // A full bucket is forgotten.
  const fullAt = createRecent<number>(clock, (1000 * burst) / perSecond)
  const next = (sessionKey: string) => takeOne(limit, fullAt.get(sessionKey), clock.monotonic())
  return {
    take(sessionKey) {
      const taken = next(sessionKey)
      if (taken.waitMs === 0) fullAt.set(sessionKey, taken.fullAt)
      return taken.waitMs
    },
    waitMs: (sessionKey) => next(sessionKey).waitMs,
  }
}
