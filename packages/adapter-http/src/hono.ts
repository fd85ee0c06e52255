import type { Presence } from '@rollcall/core'
import type { Context, MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { createPresenceHandler } from './handler.ts'
import { isBelow, mountedAt } from './mount.ts'
import type { HttpOptions } from './options.ts'
import { createTouch, type TouchOptions, type Whose } from './touch.ts'

/** Presence as a middleware, with an end: `close` ends every stream that is open. */
export type HonoPresence = MiddlewareHandler & { close(): void }

/**
 * Presence for Hono 4: `app.use('/presence/*', honoPresence(presence, { authenticate }))`. Whatever is not below its base
 * path goes on to the next handler. `context` of the credentials is Hono's. Where a client that goes away is not seen by
 * `request.signal`, its streams last until they cannot be written.
 */
export function honoPresence(presence: Presence, options: HttpOptions<Context>): HonoPresence {
  const handler = createPresenceHandler(presence, options)
  const middleware: MiddlewareHandler = async (context, next) => {
    const basePath = mountedAt(prefixIn(routePath(context)), options.basePath)
    if (!isBelow(new URL(context.req.url).pathname, basePath)) return next()
    return handler(await unread(context), { context, basePath })
  }
  return Object.assign(middleware, { close: handler.close })
}

/** The path of a route like `/presence/*` without its end. */
function prefixIn(route: string): string {
  return route.endsWith('/*') ? route.slice(0, -'/*'.length) : ''
}

/** The request, also if the application has read its body already: Hono remembers what it read. */
async function unread({ req }: Context): Promise<Request> {
  const { raw } = req
  if (!raw.bodyUsed) return raw
  const { method, headers, signal } = raw
  return new Request(raw.url, { method, headers, signal, body: await req.text() })
}

/**
 * Each request counts as activity of whoever sent it: `app.use(touch(presence, (context) => context.get('user')))`,
 * behind whatever says who that is. The request never waits for it.
 */
export function touch(presence: Presence, whose: Whose<Context>, options?: TouchOptions): MiddlewareHandler {
  const note = createTouch(presence, whose, options)
  return (context, next) => {
    note(context)
    return next()
  }
}
