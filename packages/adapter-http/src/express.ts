import type { Presence } from '@rollcall/core'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import { createPresenceHandler } from './handler.ts'
import { isBelow, mountedAt, pathOf } from './mount.ts'
import { serve } from './node/serve.ts'
import type { HttpOptions } from './options.ts'
import { createTouch, type TouchOptions, type Whose } from './touch.ts'

/** Presence as a middleware, with an end: `close` ends every stream that is open. */
export type ExpressPresence = RequestHandler & { close(): void }

/**
 * Presence for Express 5: `app.use('/presence', expressPresence(presence, { authenticate }))`. Whatever is not below its
 * base path goes on to the next handler. `context` of the credentials is Express's request. A body that the application's
 * own parser has read already is taken from it.
 */
export function expressPresence(presence: Presence, options: HttpOptions<ExpressRequest>): ExpressPresence {
  const handler = createPresenceHandler(presence, options)
  const middleware: RequestHandler = (request, response, next) => {
    const { baseUrl, originalUrl, body } = request
    const basePath = mountedAt(baseUrl, options.basePath)
    if (!isBelow(pathOf(originalUrl), basePath)) return next()
    const exchange = { incoming: request, outgoing: response, url: originalUrl, parsed: body }
    serve(handler, exchange, { context: request, basePath }).catch(next)
  }
  return Object.assign(middleware, { close: handler.close })
}

/**
 * Each request counts as activity of whoever sent it: `app.use(touch(presence, (request) => request.user))`, behind
 * whatever says who that is. The request never waits for it.
 */
export function touch(presence: Presence, whose: Whose<ExpressRequest>, options?: TouchOptions): RequestHandler {
  const note = createTouch(presence, whose, options)
  return (request, _response, next) => {
    note(request)
    next()
  }
}
