import { type ErrorCode, isPresenceError, PresenceError } from '@rollcall/core'

/** What a SQLSTATE means to whoever runs the store. By whole code, else by its class of two characters. */
const MEANINGS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '28': ['store-unfit', 'PostgreSQL refused the user or the password: check both, and pg_hba.conf'],
  '3D000': ['store-unfit', 'the database does not exist: create it, or name another one'],
  '42501': ['store-unfit', 'the database user lacks a privilege: grant usage and all on the tables of the schema'],
  '3F': ['store-unfit', 'the schema of the store is missing: run migrate(pool)'],
  '42': ['store-unfit', 'the tables of the store are missing or not as expected: run migrate(pool)'],
  '22': ['invalid-option', 'PostgreSQL cannot take a value: NUL and lone surrogates are no text'],
  '23': ['invalid-option', 'a constraint of the table refuses a value'],
  '54': ['unavailable', 'PostgreSQL is at a limit of its own, such as a full queue of notifications'],
  '55P03': ['unavailable', 'another transaction holds a lock for too long; try again'],
  '53': ['unavailable', 'PostgreSQL is out of connections, memory or disk; try again'],
  '25006': ['unavailable', 'PostgreSQL is read-only: a standby, or one that recovers; try again'],
}

/** The one error that a failure of the driver or the server becomes. It is the cause. */
export function failureOf(error: unknown): PresenceError {
  if (isPresenceError(error)) return error
  const state = stateOf(error)
  const [code, what] = MEANINGS[state ?? ''] ??
    MEANINGS[state?.slice(0, 2) ?? ''] ?? ['unavailable', 'PostgreSQL did not answer; try again']
  const message = error instanceof Error ? error.message : String(error)
  return new PresenceError(code, `${what} (${message})`, state === null ? {} : { sqlState: state }, error)
}

/** Not done, because of what others did at the same time: the same may pass now. */
export function isCrossed(error: unknown): boolean {
  const state = stateOf(error)
  return state === '40P01' || state === '40001'
}

/** Whether the server answered with an error, and the connection can go on. */
export function isRefusal(error: unknown): boolean {
  const state = stateOf(error)
  // Class 57 ends sessions, 08 is the connection itself.
  return state !== null && !state.startsWith('57') && !state.startsWith('08')
}

/** The five characters of an error of the server, a digit among them; `null` for any other, with a code like `EPIPE`. */
function stateOf(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : null
}
