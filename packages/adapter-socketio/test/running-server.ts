import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPresence, memoryStore, type Presence, type PresenceOptions, type Status } from '@rollcall/core'
import { type ClientMessage, PROTOCOL_VERSION, type ServerMessage, SOCKETIO_EVENT } from '@rollcall/core/protocol'
import { Server, type ServerOptions } from 'socket.io'
import { type Socket as ClientSocket, io as connect } from 'socket.io-client'
import { type Attachment, attachSocketIO, type SocketIOOptions, type SocketIOTarget } from '../src/index.ts'

/** A page with a socket and no rollcall client: it says what it is told to, and keeps what it hears. */
export interface Page extends AsyncDisposable {
  readonly socket: ClientSocket
  readonly heard: ServerMessage[]
  send(message: unknown): void
  hello(token: string | null, more?: Partial<Extract<ClientMessage, { type: 'hello' }>>): void
  /** The next message of this type from now on, or the first one already heard that nobody waited for. */
  next<T extends ServerMessage['type']>(type: T): Promise<Extract<ServerMessage, { type: T }>>
  /** Resolves once the server has answered everything that was sent before. */
  settled(): Promise<void>
}

export interface RunningServer extends AsyncDisposable {
  readonly io: Server
  readonly presence: Presence
  readonly attachment: Attachment
  /** How often each code was refused. */
  readonly refusals: Map<string, number>
  page(options?: { readonly auth?: object; readonly namespace?: string }): Promise<Page>
  /** Resolves when others see the user so. */
  sees(userId: string, status: Status): Promise<void>
}

/** `userId` or `userId/sessionId`; `bad…` is refused, `broken` throws. Everybody is granted `room` and `other`. */
export const authenticate: SocketIOOptions['authenticate'] = async ({ token }) => {
  if (token === 'broken') throw new Error('the key server is away')
  if (token === null || token.startsWith('bad')) return null
  const [userId = '', sessionId] = token.split('/')
  return { userId, spaces: ['room', 'other'], ...(sessionId === undefined ? {} : { sessionId }) }
}

/** A real server on loopback with presence attached. */
export async function runningServer(
  options: Partial<SocketIOOptions> & {
    readonly presence?: Partial<PresenceOptions>
    readonly server?: Partial<ServerOptions>
    /** What presence is attached to. @default the server */
    readonly target?: (io: Server) => SocketIOTarget
    /** What the application does before presence is attached. */
    readonly prepare?: (io: Server) => void
  } = {},
): Promise<RunningServer> {
  const { presence: presenceOptions, server, target = (io) => io, prepare, ...rest } = options
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], ...server })
  prepare?.(io)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const presence = createPresence({ store: memoryStore(), ...presenceOptions })
  await presence.start()
  const refusals = new Map<string, number>()
  presence.on('refused', ({ code }) => refusals.set(code, (refusals.get(code) ?? 0) + 1))
  const attachment = await attachSocketIO(target(io), presence, { authenticate, ...rest })
  const pages: Page[] = []
  return {
    io,
    presence,
    attachment,
    refusals,
    async page({ auth = {}, namespace = '/' } = {}) {
      const socket = connect(`http://127.0.0.1:${port}${namespace}`, {
        transports: ['websocket'],
        forceNew: true,
        auth,
        reconnectionDelay: 10,
      })
      const page = pageOf(socket)
      pages.push(page)
      await new Promise<void>((resolve) => socket.once('connect', resolve))
      return page
    },
    async sees(userId, status) {
      const changed = new Promise<void>((resolve) => {
        presence.on('change', ({ userId: changedId, to }) => {
          if (changedId === userId && to.status === status) resolve()
        })
      })
      if ((await presence.get(userId)).status !== status) await changed
    },
    async [Symbol.asyncDispose]() {
      for (const page of pages) page.socket.disconnect()
      await presence.stop()
      await io.close()
    },
  }
}

let instances = 0

function pageOf(socket: ClientSocket): Page {
  const heard: ServerMessage[] = []
  const unclaimed: ServerMessage[] = []
  const waiting: { readonly type: string; resolve(message: ServerMessage): void }[] = []
  socket.on(SOCKETIO_EVENT, (message: ServerMessage) => {
    heard.push(message)
    if (message.type === 'ping') socket.emit(SOCKETIO_EVENT, { type: 'pong', n: message.n })
    const index = waiting.findIndex(({ type }) => type === message.type)
    if (index < 0) unclaimed.push(message)
    else waiting.splice(index, 1)[0]?.resolve(message)
  })
  const instance = `page-${++instances}`
  let ids = 1_000_000
  const page: Page = {
    socket,
    heard,
    send: (message) => socket.emit(SOCKETIO_EVENT, message),
    hello: (token, more = {}) => page.send({ type: 'hello', version: PROTOCOL_VERSION, token, instance, ...more }),
    next: (type) =>
      new Promise((resolve) => {
        const index = unclaimed.findIndex((message) => message.type === type)
        const [found] = index < 0 ? [] : unclaimed.splice(index, 1)
        const settle = resolve as (message: ServerMessage) => void
        if (found === undefined) waiting.push({ type, resolve: settle })
        else settle(found)
      }),
    async settled() {
      const id = ids++
      page.send({ type: 'query', id, query: { kind: 'users', userIds: [] } })
      await new Promise<void>((resolve) => {
        const listen = (message: ServerMessage) => {
          if (!('id' in message) || message.id !== id) return
          socket.off(SOCKETIO_EVENT, listen)
          resolve()
        }
        socket.on(SOCKETIO_EVENT, listen)
      })
    },
    async [Symbol.asyncDispose]() {
      socket.disconnect()
    },
  }
  return page
}
