import { createRecent, type Duration, type Identity, type Presence, PresenceError, toMs } from '@rollcall/core'
import { UNNAMED_SESSION } from './authentication.ts'

export interface TouchOptions {
  /** Requests of one session count once in this time. @default '5s' */
  readonly every?: Duration
}

/** Who sent a request, as far as the application knows by now. `null`: nobody, and nothing is noted. */
export type Whose<R> = (request: R) => Identity | null | undefined | Promise<Identity | null | undefined>

/**
 * Makes the function that counts a request as activity of whoever sent it. It never waits and never throws: what goes
 * wrong is an `error` of `presence`, at most one in the time of `every`. Between two requests of a session that count it costs two look-ups, and of each
 * session that was seen of late it keeps one number.
 */
export function createTouch<R>(
  presence: Presence,
  whose: Whose<R>,
  { every = '5s' }: TouchOptions = {},
): (request: R) => void {
  const everyMs = toMs(every, 'every')
  const { clock } = presence
  const touchedAt = createRecent<number>(clock, everyMs)

  let reportedAt = Number.NEGATIVE_INFINITY
  const failed = (error: unknown) => {
    const now = clock.monotonic()
    // In an outage every request fails.
    if (now - reportedAt < everyMs) return
    reportedAt = now
    presence.report(new PresenceError('listener-error', 'a request could not be counted as activity', {}, error))
  }
  const note = (identity: Identity | null | undefined) => {
    if (identity === null || identity === undefined) return
    const { userId, sessionId = UNNAMED_SESSION } = identity
    const key = `${userId}\0${sessionId}`
    const now = clock.monotonic()
    const last = touchedAt.get(key)
    if (last !== undefined && now - last < everyMs) return
    touchedAt.set(key, now)
    presence.touch({ ...identity, sessionId }).catch((error: unknown) => {
      touchedAt.delete(key)
      failed(error)
    })
  }
  return (request) => {
    try {
      const identity = whose(request)
      if (identity instanceof Promise) identity.then(note).catch(failed)
      else note(identity)
    } catch (error) {
      failed(error)
    }
  }
}
