import type { PublishedTopic } from '../machine/index.ts'
import type { FeedChange, FeedListener, FeedSignal, FeedSubscription } from './contract.ts'
import { createTopicIndex } from './topic-index.ts'

/** Hands changes and signals to subscribers of the same process. */
export interface MemoryFeed {
  /** Takes a change up for the subscribers concerned; once for each, however many of the topics match. */
  publish(change: FeedChange, topics: readonly PublishedTopic[]): void
  /** Queues one delivery per subscriber of what was taken up since the last call. */
  send(): void
  signal(signal: FeedSignal): void
  subscribe(listener: FeedListener): FeedSubscription
}

interface Subscriber {
  readonly listener: FeedListener
  closed: boolean
  /** Taken up and not yet sent. */
  batch: FeedChange[] | null
}

/**
 * Every delivery is a microtask of its own: never inside the call that caused it, in the order of the calls, and a
 * listener that throws keeps nothing from the others.
 */
export function createMemoryFeed(): MemoryFeed {
  const subscribers = createTopicIndex<Subscriber>()
  const concerned: Subscriber[] = []

  const take = (subscriber: Subscriber, change: FeedChange) => {
    const { batch } = subscriber
    if (batch === null) {
      subscriber.batch = [change]
      concerned.push(subscriber)
    } else if (batch[batch.length - 1] !== change) {
      batch.push(change)
    }
  }
  const signal = (message: FeedSignal) => {
    for (const subscriber of subscribers.of(message.topic)) {
      queueMicrotask(() => {
        if (!subscriber.closed) subscriber.listener.onSignal(message)
      })
    }
  }

  return {
    publish(change, topics) {
      if (subscribers.isEmpty() || topics.length === 0) return
      for (const topic of topics) for (const subscriber of subscribers.of(topic)) take(subscriber, change)
      for (const subscriber of subscribers.of('all')) take(subscriber, change)
    },
    send() {
      for (const subscriber of concerned) {
        const batch = subscriber.batch as FeedChange[]
        subscriber.batch = null
        queueMicrotask(() => {
          if (!subscriber.closed) subscriber.listener.onChanges(batch)
        })
      }
      // Not `length = 0`, which would give back room that the next call needs again.
      while (concerned.length > 0) concerned.pop()
    },
    signal,
    subscribe(listener) {
      const subscriber: Subscriber = { listener, closed: false, batch: null }
      return {
        async add(topics) {
          if (!subscriber.closed) subscribers.add(subscriber, topics)
        },
        async remove(topics) {
          subscribers.remove(subscriber, topics)
        },
        async publish(message) {
          signal(message)
        },
        async close() {
          subscriber.closed = true
          subscribers.removeAll(subscriber)
        },
      }
    },
  }
}
