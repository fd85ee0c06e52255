import type { FeedSubscription, FeedTopic } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { subscribing } from './subscribing.ts'

export const brokenSubscriptions = [
  broken(
    'hears before it was asked',
    'subscriptions: a subscription hears nothing before a topic was added',
    (store) => ({
      async subscribe(listener) {
        const subscription = await store.subscribe(listener)
        await subscription.add(['user:ada'])
        return subscription
      },
    }),
  ),

  broken('adds topics some time later', 'subscriptions: once a topic was added every later save is heard', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({
        async add(topics) {
          void Promise.resolve()
            .then(() => Promise.resolve())
            .then(() => Promise.resolve())
            .then(() => subscription.add(topics))
        },
      }),
    ),
  ),

  broken('takes 512 topics', 'subscriptions: many topics are added at once', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({ add: (topics) => subscription.add(topics.slice(0, 512)) }),
    ),
  ),

  broken('hears twice what was added twice', 'subscriptions: a topic added twice is heard once', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription, listener) => {
        const added = new Set<FeedTopic>()
        return {
          async add(topics) {
            const again = topics.filter((topic, i) => added.has(topic) || topics.indexOf(topic) !== i)
            for (const topic of topics) added.add(topic)
            await subscription.add(topics)
            if (again.length > 0) await (await store.subscribe(listener)).add(again)
          },
        }
      },
    ),
  ),

  broken(
    'counts how often a topic was added',
    'subscriptions: a topic added twice is gone when it was removed once',
    (store) =>
      subscribing(
        store,
        () => ({}),
        (subscription) => {
          const times = new Map<FeedTopic, number>()
          return {
            add(topics) {
              for (const topic of topics) times.set(topic, (times.get(topic) ?? 0) + 1)
              return subscription.add(topics)
            },
            remove(topics) {
              for (const topic of topics) times.set(topic, (times.get(topic) ?? 1) - 1)
              return subscription.remove(topics.filter((topic) => times.get(topic) === 0))
            },
          }
        },
      ),
  ),

  broken('delivers removed topics', 'subscriptions: a removed topic is heard no more, the others are', (store) =>
    subscribing(
      store,
      () => ({}),
      () => ({ async remove() {} }),
    ),
  ),

  broken(
    'removes a topic for everybody',
    'subscriptions: a topic removed by one subscriber is still heard by another',
    (store) => {
      const all: FeedSubscription[] = []
      return subscribing(
        store,
        () => ({}),
        (subscription) => {
          all.push(subscription)
          return {
            async remove(topics) {
              for (const each of all) await each.remove(topics)
            },
          }
        },
      )
    },
  ),

  broken('removes a topic for good', 'subscriptions: a topic removed and added again is heard again', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => {
        const removed = new Set<FeedTopic>()
        return {
          remove(topics) {
            for (const topic of topics) removed.add(topic)
            return subscription.remove(topics)
          },
          add: (topics) => subscription.add(topics.filter((topic) => !removed.has(topic))),
        }
      },
    ),
  ),

  broken(
    'removes everything with what it does not know',
    'subscriptions: removing a topic that was never added does no harm',
    (store) =>
      subscribing(
        store,
        () => ({}),
        (subscription) => {
          let added: readonly FeedTopic[] = []
          return {
            add(topics) {
              added = [...added, ...topics]
              return subscription.add(topics)
            },
            remove: (topics) => subscription.remove(topics.every((topic) => added.includes(topic)) ? topics : added),
          }
        },
      ),
  ),

  broken(
    'delivers to closed subscriptions',
    'subscriptions: a closed subscription hears nothing, the others do',
    (store) =>
      subscribing(
        store,
        () => ({}),
        () => ({ async close() {} }),
      ),
  ),

  broken('closes a subscription once', 'subscriptions: closing a subscription twice does no harm', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => {
        let closed = 0
        return {
          close: () => (++closed === 2 ? Promise.reject(new Error('closed already')) : subscription.close()),
        }
      },
    ),
  ),
]
