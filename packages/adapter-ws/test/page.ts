import { type ClientMessage, PROTOCOL_VERSION, type ServerMessage } from '@rollcall/core/protocol'
import { type ClientOptions, WebSocket } from 'ws'

/** A page with a WebSocket and no rollcall client: it says what it is told to, and keeps what it hears. */
export interface Page {
  readonly socket: WebSocket
  readonly heard: ServerMessage[]
  /** Its close code and the reason given, once it is closed. */
  readonly closed: Promise<readonly [code: number, reason: string]>
  /** As JSON; a string or bytes go out as they are. */
  send(message: unknown): void
  hello(token: string | null, more?: Partial<Extract<ClientMessage, { type: 'hello' }>>): void
  /** The next message of this type from now on, or the first one already heard that nobody waited for. */
  next<T extends ServerMessage['type']>(type: T): Promise<Extract<ServerMessage, { type: T }>>
  /** Resolves once the server has answered everything that was sent before. */
  settled(): Promise<void>
}

export interface PageOptions extends Pick<ClientOptions, 'headers' | 'origin' | 'perMessageDeflate'> {
  /** @default '/presence' */
  readonly path?: string
  readonly protocols?: string[]
  /** Whether its script answers pings. @default true */
  readonly answersPings?: boolean
}

let instances = 0

/** Resolves once it is connected; rejects if it cannot. */
export async function openPage(url: string, options: Omit<PageOptions, 'path'> = {}): Promise<Page> {
  const { answersPings = true, protocols = [], ...rest } = options
  const socket = new WebSocket(url, protocols, rest)
  const heard: ServerMessage[] = []
  const unclaimed: ServerMessage[] = []
  const waiting: { readonly type: string; resolve(message: ServerMessage): void }[] = []
  const listeners = new Set<(message: ServerMessage) => void>()
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ServerMessage
    heard.push(message)
    for (const listen of listeners) listen(message)
    if (message.type === 'ping' && answersPings) page.send({ type: 'pong', n: message.n })
    const index = waiting.findIndex(({ type }) => type === message.type)
    if (index < 0) unclaimed.push(message)
    else waiting.splice(index, 1)[0]?.resolve(message)
  })
  const instance = `page-${++instances}`
  let ids = 1_000_000
  const page: Page = {
    socket,
    heard,
    closed: new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, String(reason)]))),
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) return
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
    },
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
      const answered = new Promise<void>((resolve) => {
        const listen = (message: ServerMessage) => {
          if (!('id' in message) || message.id !== id) return
          listeners.delete(listen)
          resolve()
        }
        listeners.add(listen)
      })
      page.send({ type: 'query', id, query: { kind: 'users', userIds: [] } })
      await answered
    },
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  // What goes wrong from now on is seen in how it closes.
  socket.on('error', () => {})
  return page
}
