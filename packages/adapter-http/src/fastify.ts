import type { Presence } from '@rollcall/core'
import type { FastifyPluginAsync, FastifyRequest, onRequestHookHandler } from 'fastify'
import { createPresenceHandler } from './handler.ts'
import { mountedAt } from './mount.ts'
import { serve } from './node/serve.ts'
import type { HttpOptions } from './options.ts'
import { createTouch, type TouchOptions, type Whose } from './touch.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']

/**
 * Presence for Fastify 5, as a plugin: `app.register(fastifyPresence(presence, { authenticate }), { prefix: '/presence' })`.
 * Without a prefix it answers below `/presence`. `context` of the credentials is Fastify's request. Streams that are open
 * end before the server closes.
 */
export function fastifyPresence(presence: Presence, options: HttpOptions<FastifyRequest>): FastifyPluginAsync {
  const handler = createPresenceHandler(presence, options)
  return async (app) => {
    const basePath = mountedAt(app.prefix, options.basePath)
    // Bodies are the handler's to read, with its own limit; of no concern to the application's parsers.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.addHook('preClose', async () => handler.close())
    app.route({
      method: METHODS,
      url: `${basePath.slice(app.prefix.replace(/\/+$/, '').length)}/*`,
      exposeHeadRoute: false,
      async handler(request, reply) {
        // What the application's hooks have said so far. From `hijack` on nobody but us would answer.
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value)
        }
        reply.hijack()
        const exchange = { incoming: request.raw, outgoing: reply.raw, url: request.originalUrl, parsed: request.body }
        await serve(handler, exchange, { context: request, basePath })
      },
    })
  }
}

/**
 * Each request counts as activity of whoever sent it: `app.addHook('preHandler', touch(presence, (request) =>
 * request.user))`, behind whatever says who that is. The request never waits for it.
 */
export function touch(presence: Presence, whose: Whose<FastifyRequest>, options?: TouchOptions): onRequestHookHandler {
  const note = createTouch(presence, whose, options)
  return (request, _reply, done) => {
    note(request)
    done()
  }
}
