import {
  createPresence,
  type EndReason,
  type HeldConnection,
  memoryStore,
  type Opened,
  type Presence,
  type PresenceOptions,
  type PresenceStore,
} from '../../src/index.ts'
import type { SelfView } from '../../src/machine/index.ts'
import type { Topic, WireUser } from '../../src/protocol.ts'
import { createVirtualClock, type VirtualClock } from '../../src/testing.ts'

export interface ConnectOptions {
  readonly sessionId?: string
  readonly spaces?: readonly string[]
  readonly instance?: string | null
  readonly resume?: string | null
  readonly invisible?: { readonly forMs: number | null } | null
  /** Whether the page still answers a probe. */
  readonly answers?: boolean
}

/** An opened connection, and what its listener was told. */
export type TestConnection = HeldConnection &
  Omit<Opened, 'connection'> & { readonly ends: EndReason[]; readonly selves: SelfView[] }

/** What a watcher knows by folding what it was sent. */
export interface TestWatcher {
  status(userId: string): string | undefined
  user(userId: string): WireUser | undefined
  readonly messages: readonly unknown[]
  readonly users: ReadonlyMap<string, WireUser>
}

export interface TestNode extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly presence: Presence
  readonly store: PresenceStore
  /** Store time when the node started. */
  readonly startedAt: number
  /** Codes of error events. */
  readonly errors: string[]
  connect(userId: string, options?: ConnectOptions): Promise<TestConnection>
  statusOf(userId: string): Promise<string>
  watch(topic: Topic, audience?: 'others' | 'admin'): Promise<TestWatcher>
}

/** A started presence on a memory store in virtual time. Give `clock` and `store` to join another node's. */
export async function createTestNode(
  options: Partial<Omit<PresenceOptions, 'clock'>> & { readonly clock?: VirtualClock } = {},
): Promise<TestNode> {
  const clock = options.clock ?? createVirtualClock()
  const store = options.store ?? memoryStore({ clock })
  const presence = createPresence({ ...options, clock, store })
  const errors: string[] = []
  presence.on('error', ({ code }) => errors.push(code))
  await presence.start()
  let connections = 0
  return {
    clock,
    presence,
    store,
    startedAt: presence.now(),
    errors,
    async connect(
      userId,
      { sessionId, spaces = ['default'], instance = null, resume = null, invisible = null, answers = false } = {},
    ) {
      const connectionId = `${presence.nodeId}-${++connections}`
      const ends: EndReason[] = []
      const selves: SelfView[] = []
      const viewer = presence.viewerOf(
        { userId, spaces, ...(sessionId === undefined ? {} : { sessionId }) },
        connectionId,
      )
      const opened = await presence.open({
        viewer,
        connectionId,
        spaces: spaces.map((space) => ({ space, state: null })),
        instance,
        resume,
        invisible,
        listener: {
          onSelf: (read) => selves.push(read()),
          onEnded: (reason) => ends.push(reason),
          probe: async () => answers,
        },
      })
      const { connection, self, resumed, resumeToken } = opened
      return Object.assign(connection, { self, resumed, resumeToken, ends, selves })
    },
    async statusOf(userId) {
      return (await presence.get(userId)).status
    },
    async watch(topic, audience = 'others') {
      const users = new Map<string, WireUser>()
      const messages: unknown[] = []
      let room = ''
      const group = presence.watchers({
        broadcast(to, message) {
          if (to !== room) return
          messages.push(message)
          if (message.type === 'snapshot')
            for (const { users: all } of message.topics) for (const user of all) users.set(user.userId, user)
          if (message.type !== 'diff') return
          for (const user of message.set) users.set(user.userId, user)
          for (const userId of message.gone) users.delete(userId)
        },
      })
      await group.watch(topic, audience, null, (joined, first) => {
        room = joined
        if ('snapshot' in first) for (const user of first.snapshot.users) users.set(user.userId, user)
      })
      return { status: (userId) => users.get(userId)?.status, user: (userId) => users.get(userId), messages, users }
    },
    async [Symbol.asyncDispose]() {
      const stopped = presence.stop()
      await clock.settle()
      await stopped
    },
  }
}
