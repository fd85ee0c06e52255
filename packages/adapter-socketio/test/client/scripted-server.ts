import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClientMessage, type ServerMessage, SOCKETIO_EVENT } from '@rollcall/core/protocol'
import { Server, type ServerOptions, type Socket } from 'socket.io'

/** A Socket.IO server without rollcall: it keeps what it hears, and says what the test makes it say. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  readonly io: Server
  /** Sockets that connected, oldest first. */
  readonly sockets: Socket[]
  readonly heard: ClientMessage[]
  /** Why sockets ended. */
  readonly ends: string[]
}

const WELCOME: ServerMessage = {
  type: 'welcome',
  version: 1,
  connectionId: 'c',
  userId: 'me',
  sessionId: 's',
  serverTime: 1,
  self: {
    userId: 'me',
    status: 'online',
    statusSince: 1,
    lastSeenAt: null,
    message: null,
    spaces: [],
    hidden: false,
    lastActiveAt: null,
    lastSeenTo: 'everyone',
    claims: [],
    connections: [],
    cause: null,
  },
  spaces: [],
  limits: { messageBytes: 16_384, stateBytes: 2_048, spaces: 100, watched: 1_000, textLength: 140 },
  counts: [],
  resume: 'token',
  leave: null,
  resumed: false,
  pingEveryMs: 0,
}

/** Every hello gets a welcome. */
export async function scriptedServer(options: Partial<ServerOptions> = {}): Promise<ScriptedServer> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], ...options })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const sockets: Socket[] = []
  const heard: ClientMessage[] = []
  const ends: string[] = []
  io.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('disconnect', (reason) => ends.push(reason))
    socket.on(SOCKETIO_EVENT, (message: ClientMessage) => {
      heard.push(message)
      if (message.type === 'hello') socket.emit(SOCKETIO_EVENT, WELCOME)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    io,
    sockets,
    heard,
    ends,
    async [Symbol.asyncDispose]() {
      await io.close()
    },
  }
}
