import type { Presence } from '@rollcall/core'
import type { Context, Middleware } from 'koa'
import { createPresenceHandler } from './handler.ts'
import { isBelow, mountedAt, pathOf, prefixOf } from './mount.ts'
import { serve } from './node/serve.ts'
import type { HttpOptions } from './options.ts'
import { createTouch, type TouchOptions, type Whose } from './touch.ts'

/** Presence as a middleware, with an end: `close` ends every stream that is open. */
export type KoaPresence = Middleware & { close(): void }

/**
 * Presence for Koa 3: `app.use(koaPresence(presence, { authenticate }))`, which answers below `/presence`, or by
 * `koa-mount` below its prefix. Whatever is not below the base path goes on to the next middleware. `context` of the
 * credentials is Koa's. A body that the application's own parser has read already is taken from it.
 */
export function koaPresence(presence: Presence, options: HttpOptions<Context>): KoaPresence {
  const handler = createPresenceHandler(presence, options)
  const middleware: Middleware = async (context, next) => {
    const { originalUrl, url, req, res, request } = context
    const basePath = mountedAt(prefixOf(originalUrl, url), options.basePath)
    if (!isBelow(pathOf(originalUrl), basePath)) return next()
    // Koa would send its own idea of an answer afterwards.
    context.respond = false
    const parsed = (request as { readonly body?: unknown }).body
    await serve(handler, { incoming: req, outgoing: res, url: originalUrl, parsed }, { context, basePath })
  }
  return Object.assign(middleware, { close: handler.close })
}

/**
 * Each request counts as activity of whoever sent it: `app.use(touch(presence, (context) => context.state.user))`, behind
 * whatever says who that is. The request never waits for it.
 */
export function touch(presence: Presence, whose: Whose<Context>, options?: TouchOptions): Middleware {
  const note = createTouch(presence, whose, options)
  return (context, next) => {
    note(context)
    return next()
  }
}
