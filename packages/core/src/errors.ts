/** Every error code, and whether trying the same again may help. Closed: programs switch over it. */
export const ERROR_CODES = {
  /** `authenticate` refused the token. Final for that token. */
  'authentication-error': { retry: false },
  /** `authenticate` or the store could not answer now. */
  unavailable: { retry: true },
  /** Not permitted to this viewer. */
  forbidden: { retry: false },
  /** A message that does not have the shape of the protocol. */
  'bad-message': { retry: false },
  /** A message, state, id, name or list that is larger than its limit. */
  'limit-exceeded': { retry: false },
  /** Too many messages of one kind in a short time. */
  'rate-limited': { retry: true },
  /** The connection that was named is not there any more. */
  'no-connection': { retry: false },
  /** The connection, session or user was ended on purpose. */
  ended: { retry: false },
  /** A setting that cannot work, or a value the API does not take. */
  'invalid-option': { retry: false },
  /** The engine was not started, or was stopped. */
  'not-running': { retry: false },
  /** The store failed. */
  'store-error': { retry: true },
  /** A listener of the application threw; the error it threw is the cause. */
  'listener-error': { retry: false },
  /** A record was written by a newer version of the library. */
  'newer-record': { retry: false },
  /** The store's server cannot be worked with as it is: too old, a missing migration or index, a refused password. */
  'store-unfit': { retry: false },
} as const

export type ErrorCode = keyof typeof ERROR_CODES

const BRAND = Symbol.for('rollcall.error')

/** The one error type. `code` says what, `details` names the value, the limit and whatever a program may need. */
export class PresenceError extends Error {
  override readonly name = 'PresenceError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether trying the same again may help. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retry
  }
}

/** Whether `error` is a {@link PresenceError}, also one of another copy of this package. */
export function isPresenceError(error: unknown): error is PresenceError {
  return typeof error === 'object' && error !== null && BRAND in error
}
