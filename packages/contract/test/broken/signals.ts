import type { FeedTopic, PublishedTopic } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { subscribing } from './subscribing.ts'

export const brokenSignals = [
  broken(
    'keeps signals from their publisher',
    'signals: a signal is heard as it was published, by its publisher too',
    (store) =>
      subscribing(store, (listener) => ({
        onSignal: (signal) => (signal.topic.startsWith('space:a') ? undefined : listener.onSignal(signal)),
      })),
  ),

  broken('drops what is in a signal', 'signals: a signal is heard as it was published, by its publisher too', (store) =>
    subscribing(store, (listener) => ({ onSignal: ({ topic }) => listener.onSignal({ topic, signal: null }) })),
  ),

  broken('tells everybody of a signal', 'signals: a signal is not heard on other topics', (store) =>
    subscribing(
      store,
      () => ({}),
      (subscription) => ({
        async publish({ topic, signal }) {
          const topics: readonly PublishedTopic[] = topic === 'space:a' ? ['space:a', 'space:b'] : [topic]
          for (const each of topics) await subscription.publish({ topic: each, signal })
        },
      }),
    ),
  ),

  broken(
    'publishes only what it subscribed to',
    'signals: a signal may be published without being subscribed',
    (store) =>
      subscribing(
        store,
        () => ({}),
        (subscription) => {
          const topics = new Set<FeedTopic>()
          return {
            add(added) {
              for (const topic of added) topics.add(topic)
              return subscription.add(added)
            },
            publish: async (signal) => (topics.has(signal.topic) ? subscription.publish(signal) : undefined),
          }
        },
      ),
  ),

  broken(
    'repeats its last signal to who comes later',
    'signals: a signal is not stored: who subscribes later does not hear it',
    (store) => {
      let last: unknown = null
      return subscribing(
        store,
        () => ({}),
        (subscription, listener) => ({
          async add(topics) {
            await subscription.add(topics)
            if (last !== null && topics.includes('space:a')) listener.onSignal({ topic: 'space:a', signal: last })
          },
          publish(signal) {
            last = signal.signal ?? last
            return subscription.publish(signal)
          },
        }),
      )
    },
  ),

  broken('delivers signals twice', 'signals: each signal is heard at most once', (store) =>
    subscribing(store, (listener) => ({
      onSignal(signal) {
        listener.onSignal(signal)
        listener.onSignal(signal)
      },
    })),
  ),

  broken('delivers signals of removed topics', 'signals: a signal of a removed topic is heard no more', (store) =>
    subscribing(
      store,
      () => ({}),
      () => ({ async remove() {} }),
    ),
  ),
]
