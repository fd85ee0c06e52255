import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Presence } from '@rollcall/core'
import type { WebSocketServer } from 'ws'
import { attachWebSocket } from '../src/index.ts'

declare const presence: Presence
declare const http: HttpServer
declare const https: HttpsServer
declare const webSockets: WebSocketServer

export const attached = [
  attachWebSocket(http, presence, { authenticate: ({ token }) => ({ userId: token ?? 'nobody' }) }),
  attachWebSocket(https, presence, {
    authenticate: ({ request }) => (request.headers.cookie ? { userId: 'ada' } : null),
  }),
  attachWebSocket(webSockets, presence, {
    authenticate: async ({ socket }) => ({ userId: socket.protocol }),
    origins: (origin) => origin === 'https://app.example',
    ping: { every: '30s' },
  }),
]

// @ts-expect-error no default lets anybody in
attachWebSocket(http, presence, {})
// @ts-expect-error the ping is what proves that a page lives
attachWebSocket(http, presence, { authenticate: () => null, ping: false })
