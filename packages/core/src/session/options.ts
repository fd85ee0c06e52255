import { PresenceError } from '../errors.ts'
import { type Duration, toMs } from '../time/duration.ts'
import type { Authenticate } from './authenticate.ts'
import type { PingOptions } from './pings.ts'
import { DEFAULT_RATE_LIMITS, type RateLimit, type RateLimits } from './rate-limits.ts'

/** What an application decides about its clients, whatever their transport. */
export interface ClientOptions<C> {
  readonly authenticate: Authenticate<C>
  /** How long `authenticate` may take before the client is told to try again. @default '10s' */
  readonly authenticateWithin?: Duration
  /** What one connection may send; kinds left out keep their default. */
  readonly rateLimits?: Partial<RateLimits>
}

/** What an adapter adds to it. */
export interface SessionOptions<C> extends ClientOptions<C> {
  /** Until when a transport must have said hello. `false` for one that carries other things too. @default '10s' */
  readonly helloWithin?: Duration | false
  /** Asks the page whether it lives. `false` for a transport that proves it by itself. @default every 20 s, 20 s to answer */
  readonly ping?: { readonly every?: Duration; readonly answerWithin?: Duration } | false
  /** Gives each connection a token by which its page can say that it goes away, without its login. @default false */
  readonly leaveTokens?: boolean
  /** Unguessable unique strings. @default 80 random bits of the platform's generator */
  readonly randomId?: () => string
}

/** Options with every default filled in. */
export interface ResolvedSessionOptions<C> {
  readonly authenticate: Authenticate<C>
  readonly authenticateWithinMs: number
  readonly helloWithinMs: number | null
  readonly ping: PingOptions | null
  readonly rateLimits: RateLimits
  readonly leaveTokens: boolean
}

const TEN_SECONDS = '10s'
const TWENTY_SECONDS = '20s'

/** Throws `invalid-option` for settings that cannot work. */
export function resolveSessionOptions<C>(options: SessionOptions<C>): ResolvedSessionOptions<C> {
  const {
    authenticate,
    authenticateWithin = TEN_SECONDS,
    helloWithin = TEN_SECONDS,
    ping = {},
    rateLimits = {},
  } = options
  if (typeof authenticate !== 'function') {
    throw new PresenceError(
      'invalid-option',
      'authenticate is missing; give a function that tells who a token belongs to',
      {
        option: 'authenticate',
      },
    )
  }
  for (const [kind, limit] of Object.entries(rateLimits)) demandLimit(kind, limit)
  return {
    authenticate,
    authenticateWithinMs: toMs(authenticateWithin, 'authenticateWithin'),
    helloWithinMs: helloWithin === false ? null : toMs(helloWithin, 'helloWithin'),
    ping: ping === false ? null : pingOf(ping),
    leaveTokens: options.leaveTokens ?? false,
    rateLimits: { ...DEFAULT_RATE_LIMITS, ...rateLimits },
  }
}

function pingOf({
  every = TWENTY_SECONDS,
  answerWithin = TWENTY_SECONDS,
}: {
  every?: Duration
  answerWithin?: Duration
}): PingOptions {
  const resolved = { everyMs: toMs(every, 'ping.every'), answerWithinMs: toMs(answerWithin, 'ping.answerWithin') }
  for (const [option, value] of Object.entries(resolved)) {
    if (value === 0)
      throw new PresenceError('invalid-option', `ping.${option} is 0; give more than that, or ping: false`, {
        option,
        value,
      })
  }
  return resolved
}

function demandLimit(kind: string, limit: RateLimit): void {
  const known = Object.hasOwn(DEFAULT_RATE_LIMITS, kind)
  if (known && limit?.burst >= 1 && limit.perSecond > 0) return
  const option = `rateLimits.${kind}`
  const remedy = known ? 'give a burst from 1 and more than 0 messages per second' : 'no message is called so'
  throw new PresenceError('invalid-option', `${option} is ${JSON.stringify(limit)}; ${remedy}`, {
    option,
    value: limit,
  })
}
