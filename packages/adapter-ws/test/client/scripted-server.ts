import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientMessage, ServerMessage } from '@rollcall/core/protocol'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

/** A WebSocket server without rollcall: it keeps what it hears, and says what the test makes it say. */
export interface ScriptedServer extends AsyncDisposable {
  /** `http://127.0.0.1:…/presence`. */
  readonly url: string
  /** Sockets that connected, oldest first. */
  readonly sockets: WebSocket[]
  /** URLs that were asked for. */
  readonly asked: (string | undefined)[]
  readonly heard: ClientMessage[]
  /** Close codes of sockets that ended. */
  readonly ends: number[]
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
export async function scriptedServer(options: Omit<ServerOptions, 'server'> = {}): Promise<ScriptedServer> {
  const http = createServer()
  const webSockets = new WebSocketServer({ server: http, ...options })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const server: Omit<ScriptedServer, typeof Symbol.asyncDispose> = {
    url: `http://127.0.0.1:${port}/presence`,
    sockets: [],
    asked: [],
    heard: [],
    ends: [],
  }
  webSockets.on('connection', (socket, request) => {
    server.sockets.push(socket)
    server.asked.push(request.url)
    socket.on('close', (code) => server.ends.push(code))
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage
      server.heard.push(message)
      if (message.type === 'hello') socket.send(JSON.stringify(WELCOME))
    })
  })
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      for (const socket of webSockets.clients) socket.terminate()
      await new Promise((resolve) => http.close(resolve))
    },
  })
}
