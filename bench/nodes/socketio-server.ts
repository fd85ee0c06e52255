import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { createPresence, memoryStore } from '@rollcall/core'
import { Server } from 'socket.io'
import { attachNaiveRooms } from '../baselines/naive-rooms.ts'
import { spaceOf } from './bench-node.ts'

/** What runs on the sockets: `bare` nothing, `rooms` the naive presence. */
export type SocketIOKind = 'ours' | 'rooms' | 'bare'

export const LOST_GRACE_MS = 2000

export interface SocketIOServer {
  readonly port: number
  /** Users online, or sockets where nobody counts users. */
  online(): Promise<number> | number
  close(): Promise<void>
}

/** A Socket.IO server in this process, over WebSocket as it is by default, with or without presence on it. */
export async function openSocketIOServer(kind: SocketIOKind): Promise<SocketIOServer> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], serveClient: false })
  const presence = kind === 'ours' ? await attachOurs(io) : kind === 'rooms' ? attachNaiveRooms(io) : null
  // Everybody comes at once.
  http.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(http, 'listening')
  return {
    port: (http.address() as AddressInfo).port,
    online: () => presence?.online() ?? io.of('/').sockets.size,
    async close() {
      if (presence !== null && 'stop' in presence) await presence.stop()
      await io.close()
    },
  }
}

async function attachOurs(io: Server) {
  const presence = createPresence({ store: memoryStore(), policy: { grace: LOST_GRACE_MS } })
  presence.on('error', (error) => console.error(`presence: ${error.message}`))
  presence.on('refused', ({ code }) => console.error(`presence refused: ${code}`))
  await presence.start()
  await attachSocketIO(io, presence, {
    authenticate: ({ token }) => (token === null ? null : { userId: token, spaces: [spaceOf(token)] }),
  })
  return { online: () => presence.count(), stop: () => presence.stop() }
}
