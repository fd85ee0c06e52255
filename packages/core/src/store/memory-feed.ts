import type { FeedTopic } from '../machine/index.ts'
import type { FeedChange, FeedListener, FeedSignal, FeedSubscription } from './contract.ts'

/** Hands changes and signals to subscribers of the same process. */
export interface MemoryFeed {
  /** A batch to collect the changes of one save call in, or `null` while nobody subscribes to anything. */
  begin(): FeedBatch | null
  signal(signal: FeedSignal): void
  subscribe(listener: FeedListener): FeedSubscription
}

/** The changes of one save call on their way to subscribers. */
export interface FeedBatch {
  /** Once per subscriber, however many of the topics match. */
  add(change: FeedChange, topics: readonly FeedTopic[]): void
  /** To be called once: queues one delivery per subscriber concerned. */
  send(): void
}

interface Subscriber {
  readonly listener: FeedListener
  readonly topics: Set<FeedTopic>
  closed: boolean
}

/**
 * Every delivery is a microtask of its own: never inside the call that caused it, in the order of the calls, and a
 * listener that throws keeps nothing from the others.
 */
export function createMemoryFeed(): MemoryFeed {
  const subscribers = new Map<FeedTopic, Set<Subscriber>>()

  const forget = (subscriber: Subscriber, topic: FeedTopic) => {
    const rest = subscribers.get(topic)
    if (!subscriber.topics.delete(topic) || rest === undefined) return
    rest.delete(subscriber)
    if (rest.size === 0) subscribers.delete(topic)
  }
  const signal = (message: FeedSignal) => {
    for (const subscriber of subscribers.get(message.topic) ?? []) {
      queueMicrotask(() => {
        if (!subscriber.closed) subscriber.listener.onSignal(message)
      })
    }
  }

  return {
    begin() {
      if (subscribers.size === 0) return null
      const batches = new Map<Subscriber, FeedChange[]>()
      return {
        add(change, topics) {
          for (const topic of topics) {
            const concerned = subscribers.get(topic)
            if (concerned === undefined) continue
            for (const subscriber of concerned) {
              const batch = batches.get(subscriber)
              if (batch === undefined) batches.set(subscriber, [change])
              else if (batch[batch.length - 1] !== change) batch.push(change)
            }
          }
        },
        send() {
          for (const [subscriber, changes] of batches) {
            queueMicrotask(() => {
              if (!subscriber.closed) subscriber.listener.onChanges(changes)
            })
          }
        },
      }
    },
    signal,
    subscribe(listener) {
      const subscriber: Subscriber = { listener, topics: new Set(), closed: false }
      return {
        async add(topics) {
          if (subscriber.closed) return
          for (const topic of topics) {
            subscriber.topics.add(topic)
            const others = subscribers.get(topic)
            if (others === undefined) subscribers.set(topic, new Set([subscriber]))
            else others.add(subscriber)
          }
        },
        async remove(topics) {
          for (const topic of topics) forget(subscriber, topic)
        },
        async publish(message) {
          signal(message)
        },
        async close() {
          subscriber.closed = true
          for (const topic of [...subscriber.topics]) forget(subscriber, topic)
        },
      }
    },
  }
}
