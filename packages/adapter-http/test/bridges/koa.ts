import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import mount from 'koa-mount'
import { koaPresence, touch } from '../../src/koa.ts'
import { type Bridge, OWN_ANSWER, PREFIX } from './bridge.ts'
import { listen } from './listen.ts'

export const koaBridge: Bridge = {
  name: 'Koa',
  run({ presence, options, prefixed, parsed, touching }) {
    const app = new Koa()
    // It writes of every client that goes away.
    app.silent = true
    if (parsed) app.use(bodyParser())
    if (touching)
      app.use(
        mount(
          '/counted',
          touch(presence, () => ({ userId: 'grace' })),
        ),
      )
    const middleware = koaPresence(presence, options)
    app.use(prefixed ? mount(PREFIX, middleware) : middleware)
    app.use((context) => {
      context.body = OWN_ANSWER
    })
    return listen(app.callback())
  },
}
