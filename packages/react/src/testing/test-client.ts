import type { ActiveSignal, ClientEvents, PresenceClient } from '@rollcall/client'
import { createTestStore, membersOf, select } from './test-state.ts'
import { createStays } from './test-stays.ts'
import {
  type StandingUser,
  standingUser,
  type TestConnection,
  type TestMe,
  type TestUser,
  testConnection,
  testMe,
  viewsOf,
} from './test-users.ts'

export interface TestPresenceOptions {
  /** By id. Everybody else is unknown. @default {} */
  readonly users?: Readonly<Record<string, TestUser>>
  /** @default 'online', with the id `me` */
  readonly me?: TestMe
  /** @default 'connected' */
  readonly connection?: TestConnection
  /** Server time in ms. @default Date.now */
  readonly now?: () => number
}

/** One call that the application made. */
export interface TestCall {
  readonly name: keyof PresenceClient
  readonly args: readonly unknown[]
}

/** A client without a network: it knows what it is told, and remembers what was asked of it. */
export interface TestPresenceClient extends PresenceClient {
  /** Everything that the application asked for, in order. */
  readonly calls: readonly TestCall[]
  /** Replaces one user, as if the server had said so. */
  setUser(userId: string, user: TestUser): void
  /** Replaces whatever is named; what is left out stays. */
  update(options: Omit<TestPresenceOptions, 'now'>): void
  /** Somebody else sends a signal, or ends it with `null`. */
  receive(space: string, userId: string, name: string, data: unknown): void
}

const standing = (users: TestPresenceOptions['users'] = {}) =>
  new Map(Object.entries(users).map(([userId, user]) => [userId, standingUser(userId, user)]))

/** Makes a client for tests; nothing it does takes time. */
export function createTestClient(options: TestPresenceOptions = {}): TestPresenceClient {
  const { now = Date.now } = options
  const calls: TestCall[] = []
  const changeListeners = new Set<ClientEvents['change']>()
  const strangers = new Map<string, StandingUser>()
  const { state, set, readable } = createTestStore({
    users: standing(options.users),
    me: testMe(options.me ?? 'online'),
    connection: testConnection(options.connection ?? 'connected'),
    activity: { idle: false, since: 0 },
    signals: new Map(),
  })
  const initialUsers = [...state().users.values()].flatMap(viewsOf)

  const stranger = (userId: string) => {
    const known = strangers.get(userId) ?? standingUser(userId, 'unknown')
    strangers.set(userId, known)
    return known.presence
  }
  const done = { ok: true } as const
  const record = <Name extends keyof PresenceClient>(name: Name, ...args: readonly unknown[]) =>
    void calls.push({ name, args })
  const connectionTo = (status: TestConnection) => set({ connection: testConnection(status) })
  const setUsers = (users: ReadonlyMap<string, StandingUser>) => {
    const before = state().users
    set({ users })
    for (const [userId, { presence }] of users) {
      const old = before.get(userId)?.presence
      if (old?.known && JSON.stringify(old) !== JSON.stringify(presence))
        for (const call of changeListeners) call(presence, old)
    }
  }
  const enter = createStays(state, setUsers)

  return {
    calls,
    initialUsers,
    badMessages: 0,
    now,
    setUser: (userId, user) => setUsers(new Map(state().users).set(userId, standingUser(userId, user))),
    update({ users, me, connection }) {
      if (me !== undefined) set({ me: testMe(me) })
      if (connection !== undefined) connectionTo(connection)
      if (users !== undefined) setUsers(standing(users))
    },
    receive(space, userId, name, data) {
      const key = JSON.stringify([space, name])
      const others = (state().signals.get(key) ?? []).filter((signal) => signal.userId !== userId)
      const signal = { userId, data, until: Number.POSITIVE_INFINITY } as ActiveSignal
      set({ signals: new Map(state().signals).set(key, data === null ? others : [...others, signal]) })
    },

    connection: readable('connection', ({ connection }) => connection),
    me: readable('me', ({ me }) => me),
    activity: readable('activity', ({ activity }) => activity),
    user: (userId) => readable(`user ${userId}`, ({ users }) => users.get(userId)?.presence ?? stranger(userId)),
    ids: (query) =>
      readable(`ids ${JSON.stringify(query)}`, (from) => select(from, stranger, query).map(({ userId }) => userId)),
    users: (query) => readable(`users ${JSON.stringify(query)}`, (from) => select(from, stranger, query)),
    count: (query) => readable(`count ${JSON.stringify(query)}`, (from) => select(from, stranger, query).length),
    counts: (space) =>
      readable(`counts ${space}`, (from) => {
        const counts = { present: 0, online: 0, away: 0, busy: 0, dnd: 0 }
        for (const { presence } of membersOf(from, space)) {
          counts.present += 1
          if (presence.status in counts) counts[presence.status as 'online'] += 1
        }
        return counts
      }),
    members: (space) => readable(`members ${space}`, (from) => membersOf(from, space)),
    state: (space, userId) =>
      readable(`state ${JSON.stringify([space, userId])}`, (from) => from.users.get(userId)?.spaces[space]),
    signals: (space, name) => {
      const key = JSON.stringify([space, name])
      return readable(`signals ${key}`, ({ signals }) => (signals.get(key) ?? []) as readonly ActiveSignal<never>[])
    },

    async connect() {
      record('connect')
      connectionTo('connected')
      return state().connection
    },
    reconnect() {
      record('reconnect')
      connectionTo('connected')
    },
    disconnect() {
      record('disconnect')
      connectionTo({ status: 'closed', reason: 'disconnect' })
    },
    logout() {
      record('logout')
      connectionTo({ status: 'closed', reason: 'logout' })
    },
    dispose() {
      record('dispose')
      connectionTo({ status: 'closed', reason: 'dispose' })
    },
    async setStatus(status, ...rest) {
      record('setStatus', status, ...rest)
      set({
        me: testMe({ ...state().me, ...(status === 'invisible' ? { hidden: true } : { status, isOnline: true }) }),
      })
      return done
    },
    async setMessage(message, ...rest) {
      record('setMessage', message, ...rest)
      const { text, emoji = null } = typeof message === 'string' ? { text: message } : (message ?? { text: '' })
      set({ me: testMe({ ...state().me, message: message === null ? null : { text, emoji, until: null } }) })
      return done
    },
    async clear(...args) {
      record('clear', ...args)
      set({ me: testMe({ ...state().me, status: 'online', isOnline: true, hidden: false }) })
      return done
    },
    enter(space, to) {
      record('enter', space, ...(to === undefined ? [] : [to]))
      return enter(space, to)
    },
    signal(space, name, ...rest) {
      record('signal', space, name, ...rest)
      return state().connection.status === 'connected'
    },
    async query(query) {
      record('query', query)
      throw new Error('rollcall: a test client answers no queries; pass one with a `query` of your own.')
    },
    active: () => set({ activity: { idle: false, since: now() } }),
    idle: () => set({ activity: { idle: true, since: now() } }),
    keepActive() {
      record('keepActive')
      return () => {}
    },
    idleInMs: () => null,
    on(event, listener) {
      if (event !== 'change') return () => {}
      changeListeners.add(listener as ClientEvents['change'])
      return () => changeListeners.delete(listener as ClientEvents['change'])
    },
  }
}
