import type { Presence } from '@rollcall/core'
import { createPresenceHandler } from './handler.ts'
import { mountedAt } from './mount.ts'
import type { HttpOptions } from './options.ts'
import { createTouch, type TouchOptions, type Whose } from './touch.ts'

/** What Next.js hands to a route handler beside the request. */
interface RouteContext {
  readonly params: Promise<unknown>
}

/**
 * A handler of a route file. Next's own request is a `Request`; its type is not named here, for it would bring Next's
 * globals into whatever is compiled along. Where it is wanted: `nextPresence<NextRequest>(…)`.
 */
export type NextRouteHandler<R extends Request = Request> = (request: R, context: RouteContext) => Promise<Response>

/** What a route file of presence exports. */
export interface NextPresence<R extends Request = Request> {
  readonly GET: NextRouteHandler<R>
  readonly HEAD: NextRouteHandler<R>
  readonly POST: NextRouteHandler<R>
  readonly PUT: NextRouteHandler<R>
  readonly DELETE: NextRouteHandler<R>
  readonly OPTIONS: NextRouteHandler<R>
  /** Ends every stream that is open. */
  close(): void
}

/**
 * Presence for the route handlers of Next.js 15 and 16. In `app/presence/[...route]/route.ts`:
 *
 * ```ts
 * export const { GET, HEAD, POST, PUT, DELETE, OPTIONS } = nextPresence(presence, { authenticate })
 * ```
 *
 * The routes begin where the catch-all segment does, whatever the folder. `context` of the credentials is Next's request.
 */
export function nextPresence<R extends Request = Request>(
  presence: Presence,
  options: HttpOptions<R>,
): NextPresence<R> {
  const handler = createPresenceHandler(presence, options)
  const handle: NextRouteHandler<R> = async (request, { params }) => {
    const basePath = mountedAt(prefixOf(request, await params), options.basePath)
    return handler(request, { context: request, basePath })
  }
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, DELETE: handle, OPTIONS: handle, close: handler.close }
}

/** The path without the segments that the folder's catch-all took. */
function prefixOf({ url }: Request, params: unknown): string {
  const taken = Object.values((params ?? {}) as object).find(Array.isArray)
  const segments = new URL(url).pathname.replace(/\/$/, '').split('/')
  return taken === undefined ? '' : segments.slice(0, -taken.length).join('/')
}

/**
 * Each request of a route counts as activity of whoever sent it:
 * `export const GET = touch(presence, whose)((request) => …)`. The request never waits for it.
 */
export function touch<R extends Request = Request>(
  presence: Presence,
  whose: Whose<R>,
  options?: TouchOptions,
): <A extends readonly unknown[], T>(route: (request: R, ...rest: A) => T) => (request: R, ...rest: A) => T {
  const note = createTouch(presence, whose, options)
  return (route) =>
    (request, ...rest) => {
      note(request)
      return route(request, ...rest)
    }
}
