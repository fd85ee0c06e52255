import type { PresenceStore, Write } from '@rollcall/core'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import { type CallFault, type CallName, concerns, hits } from './faults.ts'
import { subscriptionOf } from './feed.ts'
import { known, knownChange, knownResult, laterWrite } from './formats.ts'
import type { SharedStore } from './shared-store.ts'

/** One node's way to the store. */
export interface StoreClient {
  readonly store: PresenceStore
  /** The lease as the node may believe in it: until then, by its own monotonic clock, it may write. */
  readonly mayWriteUntil: number
  /** World time until which the lease lasts, as granted: a clock that stood still does not know. */
  readonly leasedUntil: number
  /** The node's present lease, `null` before the first one. */
  readonly nodeId: string | null
  /** How many calls of each kind the node has made. */
  readonly calls: ReadonlyMap<CallName, number>
  /** Calls back while the node makes its `count`th call from now, which leaves only once that has returned. */
  atCall(count: number, act: () => void): void
  /** Calls back when the node hands a save over, before it travels. */
  onSave(listener: (writes: readonly Write[]) => void): void
}

const LATENCY = [1, 5] as const
const SLOW = [100, 2000] as const
const LOPSIDED = [300, 900] as const
/** As adapters have one, below the lease. */
const DEADLINE_MS = 5000
const LATE_WITHIN_MS = 120_000
const TWICE_WITHIN_MS = 5000

/**
 * Connects a process to the store: each call takes its time there and back, and has a deadline. Nothing is sent again.
 *
 * @param isLater The process runs a later version, which stores records of its own format and knows both.
 */
export function connectStore(
  world: World,
  shared: SharedStore,
  process: Process,
  random: Random,
  isLater = false,
): StoreClient {
  let mayWriteUntil = Number.NEGATIVE_INFINITY
  let leasedUntil = Number.NEGATIVE_INFINITY
  let leased: string | null = null
  const calls = new Map<CallName, number>()
  const saveListeners: ((writes: readonly Write[]) => void)[] = []
  let armed: { left: number; readonly act: () => void } | null = null

  const countDown = () => {
    if (armed === null || --armed.left > 0) return
    const { act } = armed
    armed = null
    act()
  }
  const faultOf = (name: CallName, users: readonly string[] | null): CallFault | undefined =>
    shared.faults.find(
      (fault) =>
        hits(fault, process.name, name, world.now) &&
        (users === null ? fault.userId === undefined : users.some((userId) => concerns(fault, userId))) &&
        (fault.share >= 1 || random.chance(fault.share)),
    )

  /**
   * @param users Whom it touches; `null`: nobody in particular.
   * @param spared What is left of the call when a fault hits only some of its users.
   */
  const call = <T>(
    name: CallName,
    users: readonly string[] | null,
    execute: () => Promise<T>,
    spared?: (fault: CallFault) => (() => Promise<unknown>) | null,
  ): Promise<T> => {
    if (process.dead) return new Promise(() => {})
    shared.calls.set(name, (shared.calls.get(name) ?? 0) + 1)
    calls.set(name, (calls.get(name) ?? 0) + 1)
    const fault = faultOf(name, users)
    countDown()
    const sentAt = process.departsAt
    const [low, high] = fault?.kind === 'slow' ? SLOW : LATENCY
    const there = fault?.kind === 'lopsided' ? random.whole(...LOPSIDED) : random.whole(low, high)
    const back = random.whole(low, high)
    const run = (at: number, what: () => Promise<unknown>) =>
      world.at(at, { what: name, travels: true }, () => void what().catch(() => {}))
    return new Promise<T>((resolve, reject) => {
      const fail = () => reject(new Error(`the store did not answer ${name}`))
      const deadline = process.clock.setTimer(fail, DEADLINE_MS)
      const answerAt = (at: number, answer: () => void) => {
        world.at(at, { owner: process, what: `${name} answered`, travels: true }, () => {
          process.clock.clearTimer(deadline)
          answer()
        })
      }
      const executeAndAnswer = async () => {
        try {
          const result = await execute()
          answerAt(world.now + back, () => resolve(result))
        } catch (error) {
          answerAt(world.now + back, () => reject(error))
        }
      }
      const rest = fault === undefined ? null : (spared?.(fault) ?? null)
      if (rest !== null) run(sentAt + there, rest)
      switch (fault?.kind) {
        case undefined:
        case 'slow':
        case 'lopsided':
          run(sentAt + there, executeAndAnswer)
          break
        case 'twice':
          run(sentAt + there, executeAndAnswer)
          run(sentAt + there + random.whole(0, TWICE_WITHIN_MS), execute)
          break
        case 'answer-lost':
          run(sentAt + there, execute)
          break
        case 'late':
          run(sentAt + random.whole(0, LATE_WITHIN_MS), execute)
          break
        case 'refused':
          answerAt(sentAt + back, fail)
          break
        case 'hangs':
          break
      }
    })
  }
  const pageOf = (limit: number) => Math.min(limit, shared.kind.pageSize)

  const store: PresenceStore = {
    capabilities: shared.capabilities,
    now: () => call('now', null, async () => shared.now()),
    load: (userIds) => call('load', userIds, () => shared.inner.load(userIds)),
    save(writes) {
      for (const listener of saveListeners) listener(writes)
      const users = writes.map(({ userId }) => userId)
      return call(
        'save',
        users,
        () => shared.save(writes),
        (fault) => {
          // Two shards answer for themselves; a user who cannot be saved takes the whole call along.
          if (fault.partition === null) return null
          const others = writes.filter(({ userId }) => !concerns(fault, userId))
          return others.length === 0 ? null : () => shared.save(others)
        },
      )
    },
    due: (now, cursor, limit) => call('due', null, () => shared.inner.due(now, cursor, pageOf(limit))),
    list: (query, cursor, limit) => call('list', null, () => shared.inner.list(query, cursor, pageOf(limit))),
    count: (query) => call('count', null, () => shared.inner.count(query)),
    async renewNode(nodeId, until, now, holdOff) {
      const sentAt = process.clock.monotonic()
      const worldSentAt = world.now
      const renewal = await call('renewNode', null, () => shared.renewNode(nodeId, until, now, holdOff))
      if (renewal.stands) {
        mayWriteUntil = nodeId === leased ? Math.max(mayWriteUntil, sentAt + until - now) : sentAt + until - now
        leasedUntil = worldSentAt + until - now
        leased = nodeId
      }
      return renewal
    },
    deadNodes: (now, cursor, limit) => call('deadNodes', null, () => shared.deadNodes(now, cursor, pageOf(limit))),
    usersOf: (nodeId, cursor, limit) =>
      call('usersOf', null, () => shared.inner.usersOf(nodeId, cursor, pageOf(limit))),
    removeNode: (nodeId) => call('removeNode', null, () => shared.removeNode(nodeId)),
    async subscribe(listener) {
      const subscriber = await call('subscribe', null, async () => shared.feed.subscribe(process, listener))
      return subscriptionOf(subscriber, shared.feed, (name, execute) => call(name, null, execute))
    },
    async close() {},
  }
  const client: StoreClient = {
    store: isLater ? ofLaterVersion(store) : store,
    calls,
    get mayWriteUntil() {
      return mayWriteUntil
    },
    get leasedUntil() {
      return leasedUntil
    },
    get nodeId() {
      return leased
    },
    atCall(count, act) {
      armed = { left: count, act }
    },
    onSave: (listener) => void saveListeners.push(listener),
  }
  return client
}

/** The store as a process sees it that stores records of a later format, and knows both. */
function ofLaterVersion(store: PresenceStore): PresenceStore {
  return {
    ...store,
    load: async (userIds) => (await store.load(userIds)).map(known),
    save: async (writes) => (await store.save(writes.map(laterWrite))).map(knownResult),
    async list(...asked) {
      const page = await store.list(...asked)
      return { ...page, items: page.items.map(known) }
    },
    subscribe: (listener) =>
      store.subscribe({ ...listener, onChanges: (changes) => listener.onChanges(changes.map(knownChange)) }),
  }
}
