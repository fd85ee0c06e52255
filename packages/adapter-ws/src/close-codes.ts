import type { CloseCause } from '@rollcall/core'

/**
 * Why the server closed a WebSocket, as its close code. What the client should do about it was said before, by `bye` or
 * an `error`; the codes are for whoever looks at the wire.
 */
export const CLOSE_CODES = {
  /** `bye` says why, and whether to come back. */
  bye: 1000,
  /** The token was refused. */
  unauthenticated: 4401,
  /** The page may not connect from where it is; before the upgrade the same is a 403. */
  origin: 4403,
  /** No hello came in time. */
  'no-hello': 4408,
  /** The page is connected elsewhere by now. */
  replaced: 4409,
  /** The page did not answer a ping. */
  silent: 4410,
} as const satisfies Record<CloseCause | 'origin', number>
