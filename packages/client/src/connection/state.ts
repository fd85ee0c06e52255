/**
 * Where the connection stands. `connecting`: the first attempt, nobody knows us yet. `reconnecting`: waiting or trying,
 * after an attempt or a connection failed. `suspended`: the page was put away and does not try. `closed`: ended on
 * purpose, by either side. `failed`: the server will never take this token, or this client. From `closed` and `failed`
 * only `connect()` leads on.
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'suspended' | 'closed' | 'failed'

/** Why the connection came to stand where it stands. */
export type ConnectionReason =
  /** Nothing was asked of it yet. */
  | 'initial'
  /** `connect()`. */
  | 'connect'
  /** The server took the hello. */
  | 'welcome'
  /** The transport closed, or could not be opened. */
  | 'transport-closed'
  /** No welcome within `connectTimeout`. */
  | 'timeout'
  /** No answer within `verifyTimeout` after a wake-up. */
  | 'silent'
  /** The page came back, or the network did, or the application asked: one immediate try. */
  | 'wake-up'
  /** The server, its store or the token provider could not answer now. */
  | 'unavailable'
  /** The server asked to come back later. */
  | 'draining'
  | 'overloaded'
  | 'cut-off'
  /** The page went away, perhaps to come back. */
  | 'page-hidden'
  | 'page-frozen'
  /** The server ended it for good. */
  | 'sign-out'
  | 'kicked'
  | 'refused'
  | 'limit'
  /** We did: `disconnect()`, `logout()`, `dispose()`. */
  | 'disconnect'
  | 'logout'
  | 'dispose'
  /** The token was rejected. */
  | 'authentication-error'
  /** The server refused the hello itself: another protocol version, a value over a limit. */
  | 'rejected'

/** What went wrong last. `code` is one of the error codes of `@rollcall/core`, or a reason above. */
export interface ConnectionError {
  readonly code: string
  readonly message: string
}

/** Frozen; a new object with each change. */
export interface ConnectionState {
  readonly status: ConnectionStatus
  readonly reason: ConnectionReason
  /** When `status` last changed; this machine's wall clock, ms. */
  readonly since: number
  /** The delay that was drawn for the next attempt; `null` when none is planned. */
  readonly retryInMs: number | null
  /** When the next attempt begins; this machine's wall clock, ms. */
  readonly retryAt: number | null
  /** Cleared by the next welcome. */
  readonly lastError: ConnectionError | null
  /**
   * Whether a user interface should say so: not connected for `showAfter` in all since it last was for 10 s. Hiccups
   * stay unseen; a flapping line does not.
   */
  readonly troubled: boolean
}

/** Before anything was asked of it. */
export function initialState(now: number): ConnectionState {
  return Object.freeze({
    status: 'idle',
    reason: 'initial',
    since: now,
    retryInMs: null,
    retryAt: null,
    lastError: null,
    troubled: false,
  })
}

/** Every step there is; no other ever happens. */
export const CONNECTION_STEPS: { readonly [from in ConnectionStatus]: readonly ConnectionStatus[] } = {
  idle: ['connecting', 'closed'],
  connecting: ['connected', 'reconnecting', 'suspended', 'closed', 'failed'],
  connected: ['reconnecting', 'suspended', 'closed', 'failed'],
  reconnecting: ['connected', 'suspended', 'closed', 'failed'],
  suspended: ['reconnecting', 'closed'],
  closed: ['connecting'],
  failed: ['connecting', 'closed'],
}
