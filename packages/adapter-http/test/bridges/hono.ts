import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { honoPresence, touch } from '../../src/hono.ts'
import { type Bridge, OWN_ANSWER, OWN_ROUTE, PREFIX } from './bridge.ts'
import { listen } from './listen.ts'

export const honoBridge: Bridge = {
  name: 'Hono',
  run({ presence, options, prefixed, parsed, touching }) {
    const app = new Hono()
    if (parsed) {
      app.use(async ({ req }, next) => {
        if (req.method === 'POST' || req.method === 'PUT') await req.text()
        await next()
      })
    }
    if (touching)
      app.use(
        '/counted',
        touch(presence, () => ({ userId: 'grace' })),
      )
    app.use(prefixed ? `${PREFIX}/*` : '*', honoPresence(presence, options))
    app.get(OWN_ROUTE, (context) => context.text(OWN_ANSWER))
    app.get('/counted', (context) => context.text(OWN_ANSWER))
    return listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  },
}
