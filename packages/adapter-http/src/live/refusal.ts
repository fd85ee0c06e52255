import type { ServerMessage } from '@rollcall/core/protocol'
import { Problem, type ProblemCode, secondsOf } from '../problem.ts'

/** Of a visit whose messages were taken one by one, such a code can only be of all of it. */
const OF_A_WHOLE_VISIT: readonly string[] = ['authentication-error', 'rate-limited', 'unavailable']

/**
 * Throws the problem that the host's answer is, if all it says is that nothing was done; it counted that already. A `bye`
 * is no refusal: it ends a connection, in the words of the protocol.
 */
export function demandDone(said: readonly ServerMessage[]): void {
  const refusal = refusalIn(said)
  if (refusal !== null) throw problemOf(refusal)
}

/** The same for a visit, which may answer one bad message among others that were fine. */
export function demandVisited(said: readonly ServerMessage[]): void {
  const refusal = refusalIn(said)
  if (refusal !== null && OF_A_WHOLE_VISIT.includes(refusal.code)) throw problemOf(refusal)
}

type Refusal = Extract<ServerMessage, { type: 'error' }>

function refusalIn(said: readonly ServerMessage[]): Refusal | null {
  const [only] = said
  return said.length === 1 && only?.type === 'error' && only.id === undefined ? only : null
}

function problemOf({ code, message, details = {}, retryAfterMs }: Refusal): Problem {
  return new Problem(
    code as ProblemCode,
    message,
    { ...(details as object) },
    {
      counted: true,
      headers: {
        ...(retryAfterMs === undefined ? {} : { 'retry-after': `${secondsOf(retryAfterMs)}` }),
        ...(code === 'authentication-error' ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
      },
    },
  )
}
