import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPresence, memoryStore } from '@rollcall/core'
import compression from 'compression'
import express from 'express'
import { expect, it } from 'vitest'
import { expressPresence } from '../src/express.ts'
import { authenticate } from './served.ts'

it('an event stream comes as it goes out, also behind what compresses answers', async () => {
  await using presence = createPresence({ store: memoryStore() })
  await presence.start()
  const overHttp = expressPresence(presence, { authenticate })
  const app = express()
  app.use(compression({ threshold: 0 }))
  app.use('/presence', overHttp)
  const http = createServer(app).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/presence`
  const headers = { authorization: 'Bearer ada', 'accept-encoding': 'gzip' }
  try {
    expect((await fetch(`${url}/me`, { headers })).headers.get('content-encoding')).toBe('gzip')
    const response = await fetch(`${url}/events?watch=space:room`, { headers })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    let text = ''
    while (!text.includes('"snapshot"')) text += decoder.decode((await reader.read()).value, { stream: true })
    await presence.touch({ userId: 'bob', sessionId: 's', spaces: ['room'] })
    while (!text.includes('"bob"')) text += decoder.decode((await reader.read()).value, { stream: true })
    await reader.cancel()
  } finally {
    overHttp.close()
    http.closeAllConnections()
    http.close()
  }
})
