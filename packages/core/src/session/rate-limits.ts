import type { ClientMessage } from '../protocol/messages.ts'
import type { Clock } from '../time/clock.ts'

/** A token bucket: `burst` messages at once, refilled by `perSecond`. */
export interface RateLimit {
  readonly burst: number
  readonly perSecond: number
}

/**
 * What one connection may send, by kind of message. `bad` are messages that are none; `patience` is how much of it all
 * is refused before the connection is told `bye overloaded`.
 */
export type RateLimits = { readonly [K in ClientMessage['type'] | 'bad' | 'patience']: RateLimit }

/** Well above what the client sends by itself. `active` and `idle` count once per 10 s anyway, however many come. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  hello: { burst: 5, perSecond: 0.2 },
  token: { burst: 5, perSecond: 0.2 },
  active: { burst: 60, perSecond: 5 },
  idle: { burst: 60, perSecond: 5 },
  beat: { burst: 60, perSecond: 5 },
  enter: { burst: 120, perSecond: 10 },
  exit: { burst: 120, perSecond: 10 },
  state: { burst: 60, perSecond: 30 },
  watch: { burst: 60, perSecond: 20 },
  unwatch: { burst: 60, perSecond: 20 },
  claim: { burst: 20, perSecond: 1 },
  clear: { burst: 20, perSecond: 1 },
  message: { burst: 20, perSecond: 1 },
  signal: { burst: 30, perSecond: 10 },
  query: { burst: 30, perSecond: 5 },
  hint: { burst: 10, perSecond: 1 },
  leave: { burst: 10, perSecond: 1 },
  pong: { burst: 60, perSecond: 5 },
  bad: { burst: 30, perSecond: 1 },
  patience: { burst: 300, perSecond: 5 },
}

/** The buckets of one connection. */
export interface Buckets {
  /** Takes one; 0 if there was one, else the ms until there is. */
  take(kind: keyof RateLimits): number
}

export function createBuckets(limits: RateLimits, clock: Clock): Buckets {
  // When each bucket will be full again: all there is to know of it.
  const fullAt: Partial<Record<keyof RateLimits, number>> = {}
  return {
    take(kind) {
      const { burst, perSecond } = limits[kind]
      const now = clock.monotonic()
      const perMessageMs = 1000 / perSecond
      const full = Math.max(now, fullAt[kind] ?? now) + perMessageMs
      const waitMs = full - now - burst * perMessageMs
      if (waitMs > 0) return Math.ceil(waitMs)
      fullAt[kind] = full
      return 0
    },
  }
}
