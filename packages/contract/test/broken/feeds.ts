import type { FeedChange, FeedListener, FeedSubscription, PresenceStore, PublishedTopic, Write } from '@rollcall/core'
import { type BrokenStore, broken } from './broken-store.ts'
import { subscribing } from './subscribing.ts'

/** Publishes each write otherwise. */
function publishing(store: PresenceStore, change: (write: Write) => Partial<Write>): Partial<PresenceStore> {
  return { save: (writes) => store.save(writes.map((write) => ({ ...write, ...change(write) }))) }
}

/** Cuts the topics that it is given, on both sides. */
function withTopics(store: PresenceStore, change: (topic: PublishedTopic) => PublishedTopic): Partial<PresenceStore> {
  return {
    ...publishing(store, ({ topics }) => ({ topics: topics.map(change) })),
    ...subscribing(
      store,
      () => ({}),
      (subscription) => ({
        add: (topics) => subscription.add(topics.map((topic) => (topic === 'all' ? topic : change(topic)))),
        publish: (signal) => subscription.publish({ ...signal, topic: change(signal.topic) }),
      }),
    ),
  }
}

const mapped = (change: (change: FeedChange) => FeedChange) => (listener: FeedListener) => ({
  onChanges: (changes: readonly FeedChange[]) => listener.onChanges(changes.map(change)),
})

const NOWHERE = {
  wakeAt: null,
  nodes: [],
  real: { status: 'offline', spaces: [] },
  shown: { status: 'offline', spaces: [] },
} as const

export const brokenFeeds: readonly BrokenStore[] = [
  broken('drops the note', 'feed: a subscriber hears the whole new state, and the note', (store) =>
    subscribing(
      store,
      mapped((change) => ({ ...change, note: null })),
    ),
  ),

  broken('does not publish a forgetting', 'feed: a subscriber hears of a forgetting as null', (store) =>
    publishing(store, ({ record, topics }) => ({ topics: record === null ? [] : topics })),
  ),

  ...(['user', 'space', 'node'] as const).map((kind) =>
    broken(`has no topics of a ${kind}`, `feed: a change is heard on ${kind} topics`, (store) =>
      publishing(store, ({ topics }) => ({ topics: topics.filter((topic) => !topic.startsWith(`${kind}:`)) })),
    ),
  ),

  broken(
    'compares the beginnings of topics',
    'feed: a topic is heard by whom it names and not by its namesakes',
    (store) => withTopics(store, (topic) => topic.replace(/^(user:.).*/, '$1') as PublishedTopic),
  ),

  broken('tells everybody of everything', 'feed: a change on a topic without subscribers is heard by nobody', (store) =>
    withTopics(store, () => 'space:everything'),
  ),

  broken('publishes to the user in any case', 'feed: a change on no topic is heard by nobody', (store) =>
    publishing(store, ({ topics, userId }) => ({ topics: [...new Set([...topics, `user:${userId}` as const])] })),
  ),

  broken(
    'publishes to where the user is now',
    'feed: a change is published to the topics it names, not to those of its record',
    (store) =>
      publishing(store, ({ topics, index }) => ({
        topics: topics.filter(
          (topic) =>
            !topic.startsWith('space:') ||
            !index ||
            index.real.spaces.length === 0 ||
            index.real.spaces.includes(topic.slice(6)),
        ),
      })),
  ),

  broken(
    'publishes once for each topic',
    'feed: a change is heard once, however many of its topics match',
    (store) => ({
      async subscribe(listener) {
        const perTopic: FeedSubscription[] = []
        const signals = await store.subscribe({ ...listener, onChanges() {} })
        return {
          ...signals,
          async add(topics) {
            await signals.add(topics)
            for (const topic of topics) {
              const one = await store.subscribe({ ...listener, onSignal() {} })
              await one.add([topic])
              perTopic.push(one)
            }
          },
          async close() {
            for (const one of [signals, ...perTopic]) await one.close()
          },
        }
      },
    }),
  ),

  broken('tells one subscriber of each change', 'feed: every subscriber hears every change', (store) => {
    let told: readonly FeedChange[] = []
    return subscribing(store, (listener) => ({
      onChanges(changes) {
        const news = changes.filter((change) => !told.includes(change))
        told = [...told, ...changes]
        if (news.length > 0) listener.onChanges(news)
      },
    }))
  }),

  broken('delivers late changes first', 'feed: changes of one user are heard in the order of the saves', (store) => {
    return subscribing(store, (listener) => {
      let kept: FeedChange[] = []
      return {
        onChanges(changes) {
          kept = [...changes, ...kept]
          const isLast = changes.some(({ userId, version }) => userId !== 'ada' || version === 1 || version === 10)
          if (isLast) listener.onChanges(kept)
          if (isLast) kept = []
        },
      }
    })
  }),

  broken(
    'delivers the changes of a call backwards',
    'feed: changes of one user in one call are heard in their order',
    (store) =>
      subscribing(store, (listener) => ({ onChanges: (changes) => listener.onChanges([...changes].reverse()) })),
  ),

  broken(
    'delivers one change of each call',
    'feed: all changes of one call are heard, each by who subscribed to it',
    (store) => subscribing(store, (listener) => ({ onChanges: (changes) => listener.onChanges(changes.slice(0, 1)) })),
  ),

  broken('publishes conflicts', 'feed: a write in conflict is published to nobody', (store) => ({
    async save(writes) {
      const results = await store.save(writes)
      for (const [i, write] of writes.entries()) {
        const result = results[i]
        if (result === undefined || result.ok || result.reason !== 'conflict' || result.standing === null) continue
        const [standing] = await store.save([
          { ...write, record: result.standing, expected: result.standing.rev, index: write.index ?? NOWHERE },
        ])
        if (standing === undefined) throw new Error('no result')
      }
      return results
    },
  })),

  broken(
    'publishes nothing of a call with a conflict',
    'feed: what passes beside a conflict is published',
    (store) => ({
      async save(writes) {
        const before = await store.load(writes.map(({ userId }) => userId))
        const isClean = writes.every(({ expected }, i) => expected === (before[i]?.rev ?? null))
        return store.save(isClean ? writes : writes.map((write) => ({ ...write, topics: [] })))
      },
    }),
  ),

  broken('calls its listeners inside the save', 'feed: nothing is heard inside the call that saves', (store) => {
    const listeners = new Set<FeedListener>()
    return {
      async subscribe(listener) {
        listeners.add(listener)
        return store.subscribe({ ...listener, onChanges() {} })
      },
      save(writes) {
        const saved = store.save(writes)
        for (const listener of listeners) listener.onChanges(writes.map(({ change }) => change))
        return saved
      },
    }
  }),

  broken('cannot save while it delivers', 'feed: a listener may save', (store) => {
    let isDelivering = false
    return {
      save: async (writes) => (isDelivering ? writes.map(() => ({ ok: true })) : store.save(writes)),
      ...subscribing(store, (listener) => ({
        onChanges(changes) {
          isDelivering = true
          listener.onChanges(changes)
          isDelivering = false
        },
      })),
    }
  }),
]
