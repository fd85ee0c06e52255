import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from '@rollcall/adapter-http/client'
import { expressPresence } from '@rollcall/adapter-http/express'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { socketio } from '@rollcall/adapter-socketio/client'
import { attachWebSocket } from '@rollcall/adapter-ws'
import { websocket } from '@rollcall/adapter-ws/client'
import { sharedTabs } from '@rollcall/client/tabs'
import type { Authenticated, Presence } from '@rollcall/core'
import type { ClientTransport } from '@rollcall/core/protocol'
import express from 'express'
import { Server as SocketIOServer } from 'socket.io'

export type Verify = (token: string | null) => Authenticated | null

/** A server that clients reach in one way. */
export interface Served {
  readonly port: number
  /** Lets go of every client and stops listening. */
  close(): Promise<void>
}

/** One way into presence: a server for it, and a client's transport. */
export interface WayIn {
  readonly name: string
  serve(presence: Presence, verify: Verify, port?: number): Promise<Served>
  /** @param login Tabs of one login are those of one browser. */
  transport(port: number, login: string): ClientTransport
}

async function listening(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

const overSocketIO: WayIn = {
  name: 'Socket.IO',
  async serve(presence, verify, wanted) {
    const server = createServer()
    const io = new SocketIOServer(server)
    const attachment = await attachSocketIO(io, presence, { authenticate: ({ token }) => verify(token) })
    const port = await listening(server, wanted)
    return {
      port,
      async close() {
        attachment.close()
        await io.close()
        await closed(server)
      },
    }
  },
  transport: (port) => socketio({ url: `http://127.0.0.1:${port}`, transports: ['websocket'] }),
}

const overWebSocket: WayIn = {
  name: 'WebSocket',
  async serve(presence, verify, wanted) {
    const server = createServer()
    const attachment = await attachWebSocket(server, presence, { authenticate: ({ token }) => verify(token) })
    const port = await listening(server, wanted)
    return {
      port,
      async close() {
        attachment.close()
        await closed(server)
      },
    }
  },
  transport: (port) => websocket({ url: `ws://127.0.0.1:${port}/presence` }),
}

const overHttp = (news: 'stream' | 'poll'): WayIn => ({
  name: news === 'stream' ? 'HTTP and server-sent events' : 'HTTP and polling',
  async serve(presence, verify, wanted) {
    const handler = expressPresence(presence, { authenticate: ({ token }) => verify(token) })
    const server = createServer(express().use('/presence', handler))
    const port = await listening(server, wanted)
    return {
      port,
      async close() {
        handler.close()
        await closed(server)
      },
    }
  },
  transport: (port) => http({ url: `http://127.0.0.1:${port}/presence`, news }),
})

/** The first tab of a login has the connection, and the others speak through it. */
const shared = ({ name, serve, transport }: WayIn): WayIn => ({
  name: `${name}, shared by tabs`,
  serve,
  transport(port, login) {
    // Whoever has a bad token is somebody all the same.
    const [userId = ''] = login.replace('bad', 'ada').split('/')
    return sharedTabs(transport(port, login), { userId, name: `${port} ${login}` })
  },
})

const overStream = overHttp('stream')

export const waysIn: readonly WayIn[] = [
  overSocketIO,
  overWebSocket,
  overStream,
  overHttp('poll'),
  shared(overWebSocket),
  shared(overStream),
]
