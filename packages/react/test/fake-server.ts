import type { PresenceClientOptions } from '@rollcall/client'
import type { ClientMessage, ServerMessage, Topic, UserView } from '@rollcall/core/protocol'
import { createVirtualClock } from '@rollcall/core/testing'

type Transport = PresenceClientOptions['transport']
type Listener = Parameters<Transport['open']>[0]

export const user = (userId: string, rest: Partial<UserView> = {}): UserView => ({
  userId,
  status: 'online',
  statusSince: 1,
  lastSeenAt: null,
  message: null,
  spaces: [],
  ...rest,
})

const LIMITS = { messageBytes: 1_000_000, stateBytes: 2_048, spaces: 100, watched: 100_000, textLength: 140 }

/**
 * The other end of one client, in memory: answers hellos and watches at once, and tells what the test says. Its own clock
 * is `aheadMs` ahead of the client's.
 */
export function createFakeServer({ clock = createVirtualClock(), aheadMs = 0 } = {}) {
  const users = new Map<string, UserView>()
  const received: ClientMessage[] = []
  const sequences = new Map<Topic, number>()
  let listener: Listener | null = null
  let generation = 0

  const send = (message: ServerMessage) => listener?.onMessage(message)
  const within = (topic: Topic, { userId, spaces }: UserView) =>
    topic === `user:${userId}` || spaces.some(({ space }) => topic === `space:${space}`)
  const snapshotOf = (topic: Topic) => {
    sequences.set(topic, 0)
    const inTopic = [...users.values()].filter((one) => within(topic, one))
    return {
      topic,
      sequence: { generation: `g${generation}`, n: 0 },
      mode: 'list' as const,
      users: inTopic,
      counts: null,
    }
  }
  const answer = (message: ClientMessage) => {
    if (message.type === 'hello') {
      generation += 1
      send({
        type: 'welcome',
        version: message.version,
        connectionId: `c${generation}`,
        userId: 'me',
        sessionId: 's',
        serverTime: clock.now() + aheadMs,
        self: {
          ...user('me'),
          hidden: false,
          lastActiveAt: null,
          lastSeenTo: 'everyone',
          claims: [],
          connections: [],
          cause: null,
        },
        spaces: ['lab'],
        limits: LIMITS,
        counts: [],
        resume: null,
        leave: null,
        resumed: false,
        pingEveryMs: 0,
      })
    } else if (message.type === 'watch') {
      send({ type: 'snapshot', topics: message.topics.map(({ topic }) => snapshotOf(topic)) })
      send({ type: 'ack', id: message.id })
    } else if (message.type === 'unwatch') for (const topic of message.topics) sequences.delete(topic)
    else if ('id' in message) send({ type: 'ack', id: message.id })
  }
  const transport: Transport = {
    name: 'memory',
    owned: true,
    open(opened) {
      listener = opened
      queueMicrotask(() => opened.onOpen())
      return {
        send(message) {
          if (listener !== opened) return false
          received.push(message)
          queueMicrotask(() => listener === opened && answer(message))
          return true
        },
        close() {
          if (listener === opened) listener = null
        },
      }
    },
  }
  return {
    clock,
    transport,
    received,
    /** What the client sent, by type. */
    sent: <Type extends ClientMessage['type']>(type: Type) =>
      received.filter((message): message is Extract<ClientMessage, { type: Type }> => message.type === type),
    send,
    /** A user is now this; every topic that is watched tells of it. */
    set(now: UserView) {
      users.set(now.userId, now)
      for (const [topic, n] of sequences) {
        if (!within(topic, now)) continue
        sequences.set(topic, n + 1)
        send({ type: 'diff', topic, sequence: { generation: `g${generation}`, n: n + 1 }, set: [now], gone: [] })
      }
    },
    /** Known from the next snapshot on. */
    know(all: readonly UserView[]) {
      for (const one of all) users.set(one.userId, one)
    },
    /** The line is cut. */
    cut() {
      const closed = listener
      listener = null
      closed?.onClose('cut')
    },
  }
}
