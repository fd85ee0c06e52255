import {
  type Authenticated,
  createPresence,
  createSessionHost,
  memoryStore,
  type Presence,
  type PresenceOptions,
  type PresenceStore,
  type Session,
  type SessionHost,
  type SessionOptions,
  type SessionTransport,
} from '../../src/index.ts'
import { type ClientMessage, PROTOCOL_VERSION, type ServerMessage } from '../../src/protocol.ts'
import { createVirtualClock, type VirtualClock } from '../../src/testing.ts'

export interface Credentials {
  readonly token: string | null
}

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

/** A client without a network: what it was sent, which rooms it is in, why it was closed. */
export interface TestClient {
  readonly session: Session
  readonly sent: ServerMessage[]
  readonly rooms: ReadonlySet<string>
  readonly closes: string[]
  /** Hands a message to the session, and lets everything settle. */
  say(message: ClientMessage | { readonly [key: string]: unknown }): Promise<void>
  hello(token: string | null, more?: Partial<Extract<ClientMessage, { type: 'hello' }>>): Promise<void>
  all<T extends ServerMessage['type']>(type: T): readonly Of<T>[]
  /** The newest message of this type. */
  last<T extends ServerMessage['type']>(type: T): Of<T>
  /** What was answered to message `id`. */
  answer(id: number): ServerMessage | undefined
  /** Answers pings from now on, as page script does. */
  answerPings(): void
  /** Forgets what was sent. */
  clear(): void
}

export interface SessionRig extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly presence: Presence
  readonly host: SessionHost<Credentials>
  /** Codes of refusals, in order, each with the kind of message. */
  readonly refusals: string[]
  /** Error events. */
  readonly errors: Error[]
  client(transport?: Partial<SessionTransport<Credentials>>): TestClient
  /** A client that was welcomed. */
  welcomed(token: string, more?: Partial<Extract<ClientMessage, { type: 'hello' }>>): Promise<TestClient>
}

/** `user` or `user/session`; `bad…` is nobody, `broken` throws. Granted are `room` and `other`. */
async function authenticate({ token }: Credentials): Promise<Authenticated | null> {
  if (token === 'broken') throw new Error('the key server is away')
  if (token === null || token.startsWith('bad')) return null
  const [userId = '', sessionId] = token.split('/')
  return { userId, spaces: ['room', 'other'], ...(sessionId === undefined ? {} : { sessionId }) }
}

let instances = 0

/** Sessions on a started presence, on a memory store in virtual time. */
export async function createSessionRig(
  options: Partial<SessionOptions<Credentials>> & {
    readonly presence?: Partial<Omit<PresenceOptions, 'clock'>>
    /** Changes what the store answers. */
    readonly wrapStore?: (store: PresenceStore) => PresenceStore
  } = {},
): Promise<SessionRig> {
  const { presence: presenceOptions, wrapStore = (store) => store, ...sessionOptions } = options
  const clock = createVirtualClock()
  const store = wrapStore(memoryStore({ clock }))
  const presence = createPresence({ store, ...presenceOptions, clock })
  await presence.start()
  const refusals: string[] = []
  const errors: Error[] = []
  presence.on('refused', ({ code, kind }) => refusals.push(`${kind} ${code}`))
  presence.on('error', (error) => errors.push(error))
  const clients: { readonly rooms: Set<string>; send(message: ServerMessage): void }[] = []
  const fanOut = {
    broadcast(room: string, message: ServerMessage) {
      for (const client of clients) if (client.rooms.has(room)) client.send(message)
    },
  }
  const host = createSessionHost(presence, fanOut, { authenticate, ping: false, helloWithin: false, ...sessionOptions })

  const client: SessionRig['client'] = (overrides = {}) => {
    const sent: ServerMessage[] = []
    const rooms = new Set<string>()
    const closes: string[] = []
    let answering = false
    const send = (message: ServerMessage) => {
      sent.push(structuredClone(message))
      if (answering && message.type === 'ping') session.receive({ type: 'pong', n: message.n })
    }
    const transport: SessionTransport<Credentials> = {
      credentials: (token) => ({ token }),
      send,
      join: (room) => void rooms.add(room),
      leave: (room) => void rooms.delete(room),
      close: (cause) => void closes.push(cause),
      ...overrides,
    }
    clients.push({ rooms, send: (message) => transport.send(message) })
    const session = host.open(transport)
    const instance = `page-${++instances}`
    return {
      session,
      sent,
      rooms,
      closes,
      async say(message) {
        session.receive(message)
        await clock.settle()
      },
      async hello(token, more = {}) {
        session.receive({ type: 'hello', version: PROTOCOL_VERSION, token, instance, ...more })
        await clock.settle()
      },
      all: <T extends ServerMessage['type']>(type: T) =>
        sent.filter((message): message is Of<T> => message.type === type),
      last<T extends ServerMessage['type']>(type: T) {
        const found = sent.findLast((message): message is Of<T> => message.type === type)
        if (found === undefined) throw new Error(`no ${type} among ${sent.map((message) => message.type).join(', ')}`)
        return found
      },
      answer: (id) => sent.findLast((message) => 'id' in message && message.id === id),
      answerPings() {
        answering = true
      },
      clear() {
        sent.length = 0
      },
    }
  }
  return {
    clock,
    presence,
    host,
    refusals,
    errors,
    client,
    async welcomed(token, more) {
      const fresh = client()
      await fresh.hello(token, more)
      fresh.last('welcome')
      return fresh
    },
    async [Symbol.asyncDispose]() {
      host.close()
      const stopped = presence.stop()
      // A store that failed is asked again after a while.
      await clock.advance(60_000)
      await stopped
    },
  }
}
