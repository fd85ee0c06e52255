import express from 'express'
import { expressPresence, touch } from '../../src/express.ts'
import { type Bridge, OWN_ANSWER, OWN_ROUTE, PREFIX } from './bridge.ts'
import { listen } from './listen.ts'

export const expressBridge: Bridge = {
  name: 'Express',
  run({ presence, options, prefixed, parsed, touching }) {
    const app = express()
    if (parsed) app.use(express.json())
    if (touching)
      app.use(
        '/counted',
        touch(presence, () => ({ userId: 'grace' })),
      )
    if (prefixed) app.use(PREFIX, expressPresence(presence, options))
    else app.use(expressPresence(presence, options))
    app.get(OWN_ROUTE, (_request, response) => void response.send(OWN_ANSWER))
    app.get('/counted', (_request, response) => void response.send(OWN_ANSWER))
    return listen(app)
  },
}
