import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expressPresence } from '@rollcall/adapter-http/express'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { attachWebSocket } from '@rollcall/adapter-ws'
import {
  createPresence,
  type Duration,
  type Identity,
  memoryStore,
  type PolicyOptions,
  type Presence,
  type Status,
} from '@rollcall/core'
import { SOCKETIO_EVENT } from '@rollcall/core/protocol'
import express from 'express'
import { Server } from 'socket.io'
import { expect } from 'vitest'
import { WebSocketServer } from 'ws'
import { createLine, type Line } from '../line.ts'
import type { PageOptions } from './page/rows.ts'
import { pageBundle } from './page-bundle.ts'

/** One connection of a page, as the server saw it. Times are the server's wall clock, ms. */
export interface ServedConnection {
  readonly openedAt: number
  /** What it said, in order. */
  readonly heard: { readonly type: string; readonly at: number }[]
  /** Protocol pings that its network stack answered, by time. */
  readonly pongs: number[]
  closedAt: number | null
  /** The close code of a WebSocket, what Socket.IO calls it elsewhere. */
  closed: number | string | null
}

/** One request of the transport over plain HTTP. */
export interface ServedRequest {
  /** Below where presence is, such as `/live/messages`. */
  readonly path: string
  /** Whose token came with it. */
  readonly user: string | null
  readonly bytes: number
  readonly at: number
}

/** What others saw of a user, in order. */
export interface SeenChange {
  readonly userId: string
  readonly status: Status
  readonly cause: string
  readonly at: number
}

/** The server of the test page: presence in this process, and the page on it. */
export interface Site extends AsyncDisposable {
  readonly presence: Presence
  readonly connections: ServedConnection[]
  readonly requests: ServedRequest[]
  readonly changes: SeenChange[]
  /** The address of the page. @param through the network line, which can be cut */
  page(options?: PageOptions, through?: Line): string
  /** A page of another origin. */
  readonly elsewhere: string
  /** The same, after two seconds. */
  readonly slowElsewhere: string
  /** When pages that were asked to tell said they go, by user; their wall clock, ms. */
  readonly leavings: ReadonlyMap<string, number>
  /** A line between browsers and this server. */
  line(): Promise<Line>
  /** Resolves when others see the user so; generous. */
  sees(userId: string, status: Status): Promise<void>
  /** Resolves when this many connections are open. */
  holds(count: number): Promise<void>
}

export interface SiteOptions {
  readonly policy?: PolicyOptions
  /** Of WebSockets. */
  readonly ping?: { readonly every: Duration; readonly answerWithin: Duration }
}

const PROTOCOL_PING_MS = 200
const SOON = { timeout: 30_000, interval: 20 }

export async function startSite({ policy, ping }: SiteOptions = {}): Promise<Site> {
  const script = await pageBundle()
  const leavings = new Map<string, number>()
  const requests: ServedRequest[] = []
  const app = express()
  const http = createServer(app)
  const io = new Server(http, { transports: ['websocket'] })
  const webSockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    if (request.url !== '/presence') return
    webSockets.handleUpgrade(request, socket, head, (opened) => webSockets.emit('connection', opened, request))
  })
  const presence = createPresence({ store: memoryStore(), ...(policy && { policy }) })
  await presence.start()
  const connections: ServedConnection[] = []
  const begin = () => {
    const connection: ServedConnection = { openedAt: Date.now(), heard: [], pongs: [], closedAt: null, closed: null }
    connections.push(connection)
    return {
      connection,
      hear: (message: { type: string }) => connection.heard.push({ type: message.type, at: Date.now() }),
      end: (closed: number | string) => Object.assign(connection, { closedAt: Date.now(), closed }),
    }
  }
  io.on('connection', (socket) => {
    const { hear, end } = begin()
    socket.onAny((event: unknown, message: { type: string }) => event === SOCKETIO_EVENT && hear(message))
    socket.on('disconnect', end)
  })
  webSockets.on('connection', (socket) => {
    const { connection, hear, end } = begin()
    socket.on('message', (data) => hear(JSON.parse(`${data}`)))
    socket.on('pong', () => connection.pongs.push(Date.now()))
    const pinging = setInterval(() => socket.ping(), PROTOCOL_PING_MS)
    socket.on('close', (code) => {
      clearInterval(pinging)
      end(code)
    })
  })
  const authenticate = async ({ token }: { token: string | null }): Promise<Identity | null> =>
    token === null ? null : { userId: token }
  await attachSocketIO(io, presence, { authenticate })
  await attachWebSocket(webSockets, presence, { authenticate, ...(ping && { ping }) })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const overHttp = expressPresence(presence, { authenticate })
  app.use('/http', ({ path, headers }, _response, next) => {
    const user = headers.authorization?.replace('Bearer ', '') ?? null
    requests.push({ path, user, bytes: Number(headers['content-length'] ?? 0), at: Date.now() })
    next()
  })
  app.use('/http', overHttp)
  app.use(({ path, query }, response) => {
    if (path === '/leaving') leavings.set(`${query.user}`, Number(query.at))
    answer(path, response, script)
  })
  const changes: SeenChange[] = []
  presence.on('change', ({ userId, to, cause }) => changes.push({ userId, status: to.status, cause, at: Date.now() }))
  const lines: Line[] = []
  return {
    presence,
    connections,
    requests,
    changes,
    elsewhere: `http://localhost:${port}/elsewhere`,
    slowElsewhere: `http://localhost:${port}/slow`,
    leavings,
    page(options = {}, through) {
      return `http://127.0.0.1:${through?.port ?? port}/?options=${encodeURIComponent(JSON.stringify(options))}`
    },
    async line() {
      const line = await createLine(port)
      lines.push(line)
      return line
    },
    async sees(userId, status) {
      await expect.poll(async () => (await presence.get(userId)).status, SOON).toBe(status)
    },
    async holds(count) {
      await expect.poll(() => connections.filter(({ closedAt }) => closedAt === null).length, SOON).toBe(count)
    },
    async [Symbol.asyncDispose]() {
      await presence.stop()
      for (const line of lines) await line[Symbol.asyncDispose]()
      overHttp.close()
      for (const socket of webSockets.clients) socket.terminate()
      http.closeAllConnections()
      await io.close()
    },
  }
}

/** `default-src 'self'` and nothing else: the page, its script, its sockets. */
const HEADERS = { 'content-security-policy': "default-src 'self'", 'content-type': 'text/html; charset=utf-8' }

const PAGE = `<!doctype html><title>page</title><script src="/page.js"></script>
<input id="field"><p id="tall"><iframe id="frame" src="/frame"></iframe>`

const SLOW_MS = 2000

function answer(pathname: string, response: ServerResponse, script: string): void {
  if (pathname === '/page.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
  } else if (pathname === '/') {
    response.writeHead(200, HEADERS).end(PAGE)
  } else if (pathname === '/frame') {
    response.writeHead(200, HEADERS).end('<!doctype html><title>frame</title><p>frame')
  } else if (pathname === '/elsewhere') {
    response.writeHead(200, HEADERS).end('<!doctype html><title>elsewhere</title><p>elsewhere')
  } else if (pathname === '/slow') setTimeout(answer, SLOW_MS, '/elsewhere', response, script)
  else response.writeHead(pathname === '/leaving' ? 204 : 404).end()
}
