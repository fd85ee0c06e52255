import type { Presence } from '@rollcall/core'
import { expectTypeOf } from 'vitest'
import { expressPresence, touch as touchExpress } from '../src/express.ts'
import { fastifyPresence } from '../src/fastify.ts'
import { honoPresence } from '../src/hono.ts'
import { createPresenceHandler, type HttpCredentials, httpPresets } from '../src/index.ts'
import { koaPresence } from '../src/koa.ts'
import { nextPresence } from '../src/next.ts'

declare const presence: Presence

/** What `authenticate` is given beside the token is the framework's own. */
expressPresence(presence, {
  authenticate({ context, token, request }) {
    expectTypeOf(context.baseUrl).toBeString()
    expectTypeOf(token).toEqualTypeOf<string | null>()
    expectTypeOf(request).toEqualTypeOf<Request>()
    return { userId: 'ada' }
  },
})
fastifyPresence(presence, {
  async authenticate({ context }) {
    expectTypeOf(context.routeOptions.url).toEqualTypeOf<string | undefined>()
    return null
  },
})
honoPresence(presence, {
  authenticate({ context }) {
    expectTypeOf(context.req.path).toBeString()
    return null
  },
})
koaPresence(presence, {
  authenticate({ context }) {
    expectTypeOf(context.originalUrl).toBeString()
    return null
  },
})
nextPresence(presence, {
  authenticate({ context }) {
    expectTypeOf(context).toEqualTypeOf<Request>()
    return null
  },
})

/** One that looks at the token alone fits all of them, with a preset or without. */
declare const byToken: (credentials: HttpCredentials) => { readonly userId: string } | null
createPresenceHandler(presence, { ...httpPresets.chat, authenticate: byToken })
expressPresence(presence, { authenticate: byToken })
koaPresence(presence, { authenticate: byToken })

touchExpress(presence, (request) => {
  expectTypeOf(request.originalUrl).toBeString()
  return null
})

// @ts-expect-error Nobody is let in by default.
createPresenceHandler(presence, {})
// @ts-expect-error A user needs an id.
createPresenceHandler(presence, { authenticate: () => ({ sessionId: 'one' }) })
