import { type Authenticated, type Presence, PresenceError, type Viewer } from '@rollcall/core'
import { bearerOf } from './bearer.ts'
import type { HttpCredentials, HttpOptions } from './options.ts'
import { Problem, unavailable } from './problem.ts'

/** Requests of a user whose `authenticate` names no session are one session: each would open a connection otherwise. */
export const UNNAMED_SESSION = 'http'

const LATE = Symbol('late')

/** Who sends a request, and for how long their login holds; `null`: without end. */
export interface SignedIn {
  readonly viewer: Viewer
  readonly expiresInMs: number | null
}

/** Says who sends a request. Throws a problem: 401 for nobody, 503 when it cannot be told. */
export async function demandViewer<C>(
  presence: Presence,
  options: Pick<HttpOptions<C>, 'authenticate'>,
  withinMs: number,
  request: Request,
  context: C,
): Promise<SignedIn> {
  const credentials: HttpCredentials<C> = { token: bearerOf(request), request, context }
  let signedIn: SignedIn | null
  try {
    const answer = options.authenticate(credentials)
    const found = isPromise(answer) ? await within(presence, withinMs, answer) : answer
    signedIn = signedInOf(presence, found)
  } catch (error) {
    // What authenticate got wrong is the application's to know: for the client it is nothing that a new token mends.
    presence.report(new PresenceError('listener-error', 'authenticate failed', {}, error))
    throw unavailable('The login cannot be checked now; try again')
  }
  if (signedIn !== null) return signedIn
  throw new Problem(
    'authentication-error',
    'Sign in first: nobody is known by this request',
    {},
    {
      headers: { 'www-authenticate': credentials.token === null ? 'Bearer' : 'Bearer error="invalid_token"' },
    },
  )
}

/** @throws whatever is wrong with what `authenticate` returned. */
function signedInOf(presence: Presence, found: Authenticated | null | undefined): SignedIn | null {
  if (found === null || found === undefined) return null
  const { expiresInMs = Number.POSITIVE_INFINITY } = found
  if (typeof expiresInMs !== 'number' || Number.isNaN(expiresInMs)) {
    throw new PresenceError('invalid-option', `expiresInMs is ${String(expiresInMs)}; give milliseconds`, {
      expiresInMs,
    })
  }
  if (expiresInMs <= 0) return null
  const viewer = presence.viewerOf(found, UNNAMED_SESSION)
  return { viewer, expiresInMs: Number.isFinite(expiresInMs) ? expiresInMs : null }
}

async function within<T>({ clock }: Presence, withinMs: number, work: Promise<T>): Promise<T> {
  let timer: unknown
  const late = new Promise<typeof LATE>((resolve) => {
    timer = clock.setTimer(() => resolve(LATE), withinMs)
  })
  try {
    const found = await Promise.race([work, late])
    if (found !== LATE) return found as T
    throw new PresenceError('unavailable', `authenticate did not answer within ${withinMs} ms`, { withinMs })
  } finally {
    clock.clearTimer(timer)
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | null)?.then === 'function'
}
