import { isPresenceError, PresenceError } from '@rollcall/core'

/** Runs calls of the driver so that each settles in time and rejects with a {@link PresenceError}. */
export type Calls = <T>(call: () => Promise<T>) => Promise<T>

/** What the server says, beyond network trouble, while it is starting, stepping down or too busy. */
const PASSING = new Set([
  6, 7, 50, 89, 91, 112, 133, 134, 189, 202, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436,
])
const AUTHENTICATION_FAILED = new Set([18, 8000])
const UNAUTHORIZED = 13

/** @param timeoutMs After which a call rejects; the driver may still carry it out. */
export function createCalls(timeoutMs: number): Calls {
  return <T>(call: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const late = () =>
        reject(
          new PresenceError('unavailable', `MongoDB did not answer within ${timeoutMs} ms; is it up, and reachable?`, {
            timeoutMs,
          }),
        )
      const timer = setTimeout(late, timeoutMs)
      // Also of a call that throws at once.
      new Promise<T>((settle) => settle(call()))
        .then(resolve, (error: unknown) => reject(presenceErrorOf(error)))
        .finally(() => clearTimeout(timer))
    })
}

/** The error of a driver in the words of the library, with what to do about it. */
export function presenceErrorOf(error: unknown): PresenceError {
  if (isPresenceError(error)) return error
  const { name: outer = '', message = String(error), code, errorResponse } = (error ?? {}) as DriverError
  // A bulk write wraps the error of the network in one of its own.
  const name = errorResponse?.name ?? outer
  const details = { name, code }
  if (AUTHENTICATION_FAILED.has(code as number)) {
    const remedy = 'check the user, the password and authSource of the client'
    return new PresenceError('store-unfit', `MongoDB refused the credentials (${message}); ${remedy}`, details, error)
  }
  if (code === UNAUTHORIZED) {
    const remedy = 'give it the role readWrite on this database'
    return new PresenceError('store-unfit', `the user may not do this (${message}); ${remedy}`, details, error)
  }
  const isNetwork =
    /^Mongo(Network|ServerSelection|Pool|WaitQueue|NotConnected|Topology|ClientClosed|ServerClosed|OperationTimeout)/.test(
      name,
    )
  if (isNetwork || PASSING.has(code as number)) {
    const remedy = 'check the address of the client, and whether the server runs'
    return new PresenceError('unavailable', `MongoDB does not answer (${message}); ${remedy}`, details, error)
  }
  return new PresenceError('store-error', `MongoDB refused a call: ${message}`, details, error)
}

interface DriverError {
  readonly name?: string
  readonly message?: string
  readonly code?: unknown
  readonly errorResponse?: { readonly name?: string }
}
