import type { FeedListener, PresenceStore, Write, WriteResult } from '../../src/index.ts'

/** A store whose calls can be counted, held back and made to fail. */
export interface FaultyStore extends PresenceStore {
  /** The writes of each save call, in order. */
  readonly saves: (readonly Write[])[]
  readonly loads: (readonly string[])[]
  /** Every call rejects while this is set. */
  down: boolean
  /** While set, save calls wait for `release`. */
  held: boolean
  release(): void
  /** Runs once, before the next save reaches the store. */
  beforeSave: (() => Promise<void>) | null
  /** The next save is executed but its answer is lost. */
  loseAnswer: boolean
  /** Changes are not delivered while this is set. */
  deaf: boolean
  /** Answers every write like this. */
  answer: WriteResult | null
  gap(): void
  /** What is subscribed to, over all subscriptions. */
  topics(): readonly string[]
}

export function faultyStore(store: PresenceStore): FaultyStore {
  const waiting: (() => void)[] = []
  const listeners: FeedListener[] = []
  const subscribed: Set<string>[] = []
  const up = () => {
    if (faulty.down) throw new Error('connection refused')
  }
  const faulty: FaultyStore = {
    ...store,
    saves: [],
    loads: [],
    down: false,
    held: false,
    beforeSave: null,
    loseAnswer: false,
    deaf: false,
    answer: null,
    release() {
      faulty.held = false
      for (const go of waiting.splice(0)) go()
    },
    topics: () => subscribed.flatMap((topics) => [...topics]),
    gap() {
      for (const listener of listeners) listener.onGap(null)
    },
    async now() {
      up()
      return store.now()
    },
    async load(userIds) {
      up()
      faulty.loads.push(userIds)
      return store.load(userIds)
    },
    async save(writes) {
      up()
      faulty.saves.push(writes)
      if (faulty.held) await new Promise<void>((resolve) => waiting.push(resolve))
      const before = faulty.beforeSave
      faulty.beforeSave = null
      await before?.()
      if (faulty.answer !== null) return writes.map(() => faulty.answer as WriteResult)
      const results = await store.save(writes)
      if (faulty.loseAnswer) {
        faulty.loseAnswer = false
        throw new Error('connection reset')
      }
      return results
    },
    async list(query, cursor, limit) {
      up()
      return store.list(query, cursor, limit)
    },
    async count(query) {
      up()
      return store.count(query)
    },
    async due(now, cursor, limit) {
      up()
      return store.due(now, cursor, limit)
    },
    async renewNode(nodeId, until, now, holdOff) {
      up()
      return store.renewNode(nodeId, until, now, holdOff)
    },
    async subscribe(listener) {
      listeners.push(listener)
      const topics = new Set<string>()
      subscribed.push(topics)
      const subscription = await store.subscribe({
        ...listener,
        onGap: (topics) => listener.onGap(topics),
        onSignal: (signal) => listener.onSignal(signal),
        onChanges(changes) {
          if (!faulty.deaf) listener.onChanges(changes)
        },
      })
      return {
        ...subscription,
        add(added) {
          for (const topic of added) topics.add(topic)
          return subscription.add(added)
        },
        remove(removed) {
          for (const topic of removed) topics.delete(topic)
          return subscription.remove(removed)
        },
      }
    },
  }
  return faulty
}
