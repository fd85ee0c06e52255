import type { FeedTopic } from '@rollcall/core'
import { type BrokenStore, broken } from './broken-store.ts'
import { subscribing } from './subscribing.ts'

const TOPICS_OF_MANY: readonly FeedTopic[] = ['user:ada', 'user:bob', 'space:a', 'node:n']

export const brokenAllChanges: readonly BrokenStore[] = [
  broken('takes all for a few topics', 'all changes: every change on any topic is heard, each once', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({
        add: (topics) => subscription.add(topics.flatMap((topic) => (topic === 'all' ? TOPICS_OF_MANY : [topic]))),
      }),
    ),
  ),

  broken('tells who has all twice', 'all changes: every change on any topic is heard, each once', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription, listener) => ({
        async add(topics) {
          await subscription.add(topics.filter((topic) => topic !== 'all'))
          if (topics.includes('all')) await (await store.subscribe(listener)).add(['all'])
        },
      }),
    ),
  ),

  broken('publishes everything to who has all', 'all changes: a change on no topic is heard by nobody', (store) => ({
    save: (writes) =>
      store.save(writes.map((write) => (write.topics.length > 0 ? write : { ...write, topics: ['node:nobody'] }))),
  })),

  broken('tells who has all of signals', 'all changes: signals are heard by who has their topic', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({
        add: (topics) => subscription.add(topics.includes('all') ? [...topics, 'space:a'] : topics),
      }),
    ),
  ),

  broken('never lets go of all', 'all changes: once it was removed, what has other topics still hears those', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({ remove: (topics) => subscription.remove(topics.filter((topic) => topic !== 'all')) }),
    ),
  ),

  broken('tells everybody once one has all', 'all changes: one who has it makes nobody else hear more', (store) => {
    let isAnybody = false
    return subscribing(
      store,
      () => ({}),
      (subscription) => ({
        add(topics) {
          isAnybody ||= topics.includes('all')
          return subscription.add(isAnybody ? ['all'] : topics)
        },
      }),
    )
  }),
]
