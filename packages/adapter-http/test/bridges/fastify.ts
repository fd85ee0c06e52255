import Fastify from 'fastify'
import { fastifyPresence, touch } from '../../src/fastify.ts'
import { type Bridge, OWN_ANSWER, OWN_ROUTE, PREFIX } from './bridge.ts'

export const fastifyBridge: Bridge = {
  name: 'Fastify',
  // Its parsers belong to the scope of a plugin: presence has one of its own, where nobody reads a body before it.
  lacks: ['parsed'],
  async run({ presence, options, prefixed, touching }) {
    const app = Fastify({ forceCloseConnections: true })
    if (touching)
      app.addHook(
        'preHandler',
        touch(presence, () => ({ userId: 'grace' })),
      )
    app.register(fastifyPresence(presence, options), prefixed ? { prefix: PREFIX } : {})
    app.get(OWN_ROUTE, async () => OWN_ANSWER)
    app.get('/counted', async () => OWN_ANSWER)
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    return { origin, close: () => app.close() }
  },
}
