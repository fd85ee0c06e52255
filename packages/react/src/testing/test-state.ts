import type {
  ActiveSignal,
  ActivityState,
  ConnectionState,
  Member,
  MyPresence,
  Readable,
  UserPresence,
  UsersQuery,
} from '@rollcall/client'
import type { StandingUser } from './test-users.ts'

/** What a test client knows. Replaced whole, never changed in place. */
export interface TestState {
  readonly users: ReadonlyMap<string, StandingUser>
  readonly me: MyPresence
  readonly connection: ConnectionState
  readonly activity: ActivityState
  /** By space and name. */
  readonly signals: ReadonlyMap<string, readonly ActiveSignal[]>
}

export interface TestStore {
  state(): TestState
  set(change: Partial<TestState>): void
  /** What `pick` takes from the state; the same value while it is equal in content. One readable per key. */
  readable<T>(key: string, pick: (state: TestState) => T): Readable<T>
}

export function createTestStore(first: TestState): TestStore {
  let state = first
  const listeners = new Set<() => void>()
  const readables = new Map<string, Readable<unknown>>()

  function createReadable<T>(pick: (state: TestState) => T): Readable<T> {
    let from: TestState | undefined
    let value: T
    return {
      get() {
        if (from === state) return value
        const next = pick(state)
        if (from === undefined || JSON.stringify(next) !== JSON.stringify(value)) value = next
        from = state
        return value
      },
      subscribe(listener) {
        const call = () => listener()
        listeners.add(call)
        return () => listeners.delete(call)
      },
    }
  }
  return {
    state: () => state,
    set(change) {
      state = { ...state, ...change }
      for (const listener of [...listeners]) listener()
    },
    readable<T>(key: string, pick: (state: TestState) => T) {
      const known = (readables.get(key) as Readable<T> | undefined) ?? createReadable(pick)
      readables.set(key, known)
      return known
    },
  }
}

export function membersOf(state: TestState, space: string): readonly Member[] {
  return [...state.users.values()].flatMap(({ presence, spaces }) =>
    presence.isOnline && space in spaces ? [{ userId: presence.userId, presence, state: spaces[space] ?? null }] : [],
  )
}

/** The users of a query, in its order. */
export function select(
  state: TestState,
  unknown: (userId: string) => UserPresence,
  query: UsersQuery,
): readonly UserPresence[] {
  const all =
    'space' in query
      ? membersOf(state, query.space).map(({ presence }) => presence)
      : query.userIds.map((userId) => state.users.get(userId)?.presence ?? unknown(userId))
  const wanted = query.status === undefined ? null : [query.status].flat()
  return wanted === null ? all : all.filter(({ status }) => wanted.includes(status))
}
