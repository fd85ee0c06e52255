import type { ClientTransport, ServerMessage, TransportListener, UserView } from '@rollcall/core/protocol'

/** A server in memory for one client, whose users all stand in one space. */
export interface RosterServer {
  readonly transport: ClientTransport
  /** The user has this status from now on, and the client is told. */
  change(index: number, status: UserView['status']): void
}

export const ROSTER_SPACE = 'lab'
const GENERATION = 'g'
const LIMITS = { messageBytes: 1_000_000, stateBytes: 2048, spaces: 100, watched: 1000, textLength: 140 }

export const rosterUser = (index: number, status: UserView['status'] = 'online'): UserView => ({
  userId: `u${index}`,
  status,
  statusSince: 1,
  lastSeenAt: null,
  message: null,
  spaces: [{ space: ROSTER_SPACE, state: null }],
})

export function createRosterServer(users: number): RosterServer {
  let listener: TransportListener | undefined
  let n = 0
  const topic = `space:${ROSTER_SPACE}` as const
  const say = (message: ServerMessage) => listener?.onMessage(message)
  const welcome = () => {
    const self = {
      ...rosterUser(-1),
      userId: 'me',
      hidden: false,
      lastActiveAt: null,
      lastSeenTo: 'everyone',
      claims: [],
      connections: [],
      cause: null,
    } as const
    say({
      type: 'welcome',
      version: 1,
      connectionId: 'c',
      userId: 'me',
      sessionId: 's',
      serverTime: Date.now(),
      self,
      spaces: [ROSTER_SPACE],
      limits: LIMITS,
      counts: [],
      resume: null,
      leave: null,
      resumed: false,
      pingEveryMs: 0,
    })
  }
  const snapshot = (id: number) => {
    say({
      type: 'snapshot',
      topics: [
        {
          topic,
          sequence: { generation: GENERATION, n },
          mode: 'list',
          users: Array.from({ length: users }, (_, index) => rosterUser(index)),
          counts: null,
        },
      ],
    })
    say({ type: 'ack', id })
  }
  return {
    transport: {
      name: 'memory',
      owned: true,
      open(opened) {
        listener = opened
        queueMicrotask(() => opened.onOpen())
        return {
          send(message) {
            queueMicrotask(() => {
              if (message.type === 'hello') welcome()
              else if (message.type === 'watch') snapshot(message.id)
              else if ('id' in message) say({ type: 'ack', id: message.id })
            })
            return true
          },
          close() {},
        }
      },
    },
    change(index, status) {
      const sequence = { generation: GENERATION, n: ++n }
      say({ type: 'diff', topic, sequence, set: [rosterUser(index, status)], gone: [] })
    },
  }
}
