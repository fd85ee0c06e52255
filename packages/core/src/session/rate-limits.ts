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

/**
 * Takes one of a bucket of which `fullAt` is all there is to know: when it will be full again, `undefined` if it is.
 * `waitMs` until there is one to take; 0: it was taken, and the bucket is full again at the `fullAt` that is returned.
 */
export function takeOne(
  { burst, perSecond }: RateLimit,
  fullAt: number | undefined,
  now: number,
): { readonly fullAt: number; readonly waitMs: number } {
  const perMessageMs = 1000 / perSecond
  const full = Math.max(now, fullAt ?? now) + perMessageMs
  return { fullAt: full, waitMs: Math.max(0, Math.ceil(full - now - burst * perMessageMs)) }
}

/** The buckets of one connection. */
export interface Buckets {
  /** Takes one; 0 if there was one, else the ms until there is. */
  take(kind: keyof RateLimits): number
}

export function createBuckets(limits: RateLimits, clock: Clock): Buckets {
  const fullAt: Partial<Record<keyof RateLimits, number>> = {}
  return {
    take(kind) {
      const taken = takeOne(limits[kind], fullAt[kind], clock.monotonic())
      if (taken.waitMs === 0) fullAt[kind] = taken.fullAt
      return taken.waitMs
    },
  }
}
