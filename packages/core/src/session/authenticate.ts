import type { Identity, Viewer } from '../engine/presence.ts'
import { PresenceError } from '../errors.ts'
import type { HostParts } from './host-parts.ts'

/** Who a token belongs to. */
export interface Authenticated extends Identity {
  /** How much longer the token holds: the client is asked for a fresh one before. @default for ever */
  readonly expiresInMs?: number
}

/**
 * The application's own check of a client, run on each hello and each fresh token. `null` refuses: final for that
 * token. A throw says that it cannot be told now: the client tries again. What the client says of itself is in
 * `credentials` and nowhere else.
 */
export type Authenticate<C> = (credentials: C) => Authenticated | null | Promise<Authenticated | null>

export type Authentication =
  | { readonly kind: 'accepted'; readonly viewer: Viewer; readonly expiresInMs: number | null }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unavailable' }

const LATE = Symbol('late')

/** Runs `authenticate`; never throws. A call that takes too long counts as unavailable. */
export async function runAuthenticate<C>(
  host: HostParts<C>,
  credentials: () => C,
  connectionId: string,
): Promise<Authentication> {
  const { presence, deadlines, options } = host
  const { authenticate, authenticateWithinMs: withinMs } = options
  try {
    const asked = (async () => authenticate(credentials()))()
    const found = await deadlines.within(withinMs, LATE, asked)
    if (found === LATE) {
      throw new PresenceError('unavailable', `authenticate did not answer within ${withinMs} ms`, { withinMs })
    }
    if (found === null || found === undefined) return { kind: 'refused' }
    const { expiresInMs = Number.POSITIVE_INFINITY } = found
    if (typeof expiresInMs !== 'number' || Number.isNaN(expiresInMs)) {
      throw new PresenceError('invalid-option', `expiresInMs is ${String(expiresInMs)}; give milliseconds`, {
        expiresInMs,
      })
    }
    if (expiresInMs <= 0) return { kind: 'refused' }
    const viewer = presence.viewerOf(found, connectionId)
    return { kind: 'accepted', viewer, expiresInMs: Number.isFinite(expiresInMs) ? expiresInMs : null }
  } catch (error) {
    // What authenticate got wrong is the application's to know: for the client it is nothing that a new token mends.
    presence.report(new PresenceError('listener-error', 'authenticate failed', {}, error))
    return { kind: 'unavailable' }
  }
}
