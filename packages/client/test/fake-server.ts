import { createPresenceClient, type PresenceClient, type PresenceClientOptions, type Readable } from '@rollcall/client'
import type {
  ClientMessage,
  ClientTransport,
  SelfView,
  Sequence,
  ServerMessage,
  Topic,
  TopicSnapshot,
  TransportListener,
  UserView,
} from '@rollcall/core/protocol'
import { createVirtualClock, type VirtualClock } from '@rollcall/core/testing'

type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>
type Welcome = Extract<ServerMessage, { type: 'welcome' }>

/** A user as others see them: online, unless `rest` says otherwise. */
export const user = (userId: string, rest: Partial<UserView> = {}): UserView => ({
  userId,
  status: 'online',
  statusSince: 1,
  lastSeenAt: null,
  message: null,
  spaces: [],
  ...rest,
})

/** A user standing in `room`. */
export const inRoom = (
  userId: string,
  rest: Partial<UserView> = {},
  state: UserView['spaces'][number]['state'] = null,
) => user(userId, { spaces: [{ space: 'room', state }], ...rest })

export const selfView = (rest: Partial<SelfView> = {}): SelfView => ({
  ...user('me'),
  hidden: false,
  lastActiveAt: null,
  lastSeenTo: 'everyone',
  claims: [],
  connections: [
    {
      connectionId: 'c1',
      sessionId: 's1',
      phase: 'active',
      lostUntil: null,
      held: true,
      device: null,
      openedAt: 1,
      spaces: [],
    },
  ],
  cause: null,
  ...rest,
})

export const seq = (n: number, generation = 'g1'): Sequence => ({ generation, n })

/** One topic's whole state. */
export const snapshot = (
  topic: Topic,
  users: readonly UserView[],
  rest: Partial<TopicSnapshot> = {},
): TopicSnapshot => ({
  topic,
  sequence: seq(1),
  mode: 'list',
  users,
  counts: null,
  ...rest,
})

export interface ServerScript {
  /** Whether a transport of rollcall's own opens by itself. @default true */
  opens: boolean
  /** Whether each hello gets a welcome by itself, with these fields. @default {} */
  welcomes: Partial<Welcome> | false
  /** Whether whatever asks for an `ack` gets it. @default true */
  acks: boolean
}

/** The other end of one client, in memory. It does what its script says, and what the test tells it to say. */
export interface FakeServer {
  readonly transport: ClientTransport
  readonly clock: VirtualClock
  script: ServerScript
  /** Everything the client sent, in order. */
  readonly sent: ClientMessage[]
  sentOf<Type extends ClientMessage['type']>(type: Type): Of<Type>[]
  /** How many transports were opened, and how many of those closed by the client. */
  readonly opened: number
  readonly closed: number
  /** Whether the client listens to a transport. */
  readonly isAttached: boolean
  /** The transport opens: the first time, or again. */
  open(): void
  say(...messages: readonly unknown[]): void
  welcome(fields?: Partial<Welcome>): void
  /** The transport is gone. */
  cut(reason?: string): void
}

export function createFakeServer({ owned = true } = {}): FakeServer {
  const clock = createVirtualClock()
  const sent: ClientMessage[] = []
  let listener: TransportListener | null = null
  let isOpen = false
  let welcomes = 0
  const server = {
    script: { opens: true, welcomes: {}, acks: true } as ServerScript,
    opened: 0,
    closed: 0,
  }
  const say = (...messages: readonly unknown[]) => {
    for (const message of messages) listener?.onMessage(message)
  }
  const welcome = (fields: Partial<Welcome> = {}) => {
    welcomes++
    say({
      type: 'welcome',
      version: 1,
      connectionId: `c${welcomes}`,
      userId: 'me',
      sessionId: 's1',
      serverTime: clock.now(),
      self: selfView(),
      spaces: ['room'],
      limits: { messageBytes: 16_384, stateBytes: 2_048, spaces: 100, watched: 1_000, textLength: 140 },
      counts: [],
      resume: `resume-${welcomes}`,
      leave: null,
      resumed: false,
      pingEveryMs: 0,
      ...fields,
    } satisfies Welcome)
  }
  const open = () => {
    isOpen = true
    listener?.onOpen()
  }
  const answer = (message: ClientMessage) => {
    if (message.type === 'hello') {
      if (server.script.welcomes) welcome(server.script.welcomes)
    } else if ('id' in message && server.script.acks) say({ type: 'ack', id: message.id })
  }
  return Object.assign(server, {
    clock,
    sent,
    sentOf: <Type extends ClientMessage['type']>(type: Type) =>
      sent.filter((message): message is Of<Type> => message.type === type),
    say,
    welcome,
    open,
    get isAttached() {
      return listener !== null
    },
    cut(reason = 'cut') {
      isOpen = false
      const was = listener
      if (owned) listener = null
      was?.onClose(reason)
    },
    transport: {
      name: 'memory',
      owned,
      open(opening: TransportListener) {
        listener = opening
        server.opened++
        if (owned) isOpen = false
        clock.setTimer(() => {
          if (listener === opening && (owned ? server.script.opens : isOpen)) open()
        }, 0)
        return {
          send(message: ClientMessage) {
            if (listener !== opening || !isOpen) return false
            sent.push(message)
            queueMicrotask(() => listener === opening && answer(message))
            return true
          },
          close() {
            if (listener !== opening) return
            listener = null
            server.closed++
            if (owned) isOpen = false
          },
        }
      },
    },
  })
}

/** A client without a page, and the server it talks to. */
export interface Pair {
  readonly server: FakeServer
  readonly clock: VirtualClock
  readonly client: PresenceClient
}

/** Everything is off that a test does not ask for; the back-off takes half of what it may. */
export function createPair(options: Partial<PresenceClientOptions> = {}, { owned = true } = {}): Pair {
  const server = createFakeServer({ owned })
  const { transport, clock } = server
  const client = createPresenceClient({
    transport,
    clock,
    activity: false,
    lifecycle: null,
    storage: null,
    random: () => 0.5,
    ...options,
  })
  return { server, clock, client }
}

/** The same, connected. What was sent until then is forgotten. */
export async function connectedPair(...args: Parameters<typeof createPair>): Promise<Pair> {
  const pair = createPair(...args)
  if (args[1]?.owned === false) pair.server.open()
  void pair.client.connect()
  await pair.clock.advance(100)
  pair.server.sent.length = 0
  return pair
}

/** Every value that a readable took while it was listened to. */
export function valuesOf<T>(readable: Readable<T>): T[] {
  const values: T[] = []
  readable.subscribe(() => values.push(readable.get()))
  return values
}
