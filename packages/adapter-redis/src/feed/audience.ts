import { createTopicIndex, type FeedChange, type FeedListener, type FeedSignal, type FeedTopic } from '@rollcall/core'
import type { HeardChange } from './message.ts'

/** Who listens here, and to what; tells each of them what concerns it, never inside the call that brought it. */
export interface Audience {
  join(listener: FeedListener): Subscriber
  /** Answers the topics that it gave up by that. */
  leave(subscriber: Subscriber): readonly FeedTopic[]
  /** Answers those of the topics that it did not have. */
  add(subscriber: Subscriber, topics: readonly FeedTopic[]): readonly FeedTopic[]
  /** Answers those of the topics that it had. */
  remove(subscriber: Subscriber, topics: readonly FeedTopic[]): readonly FeedTopic[]
  hears(topic: FeedTopic): boolean
  /** Changes of one call in one partition, each told once however often it comes. */
  onChanges(partition: number, callId: string, changes: readonly HeardChange[]): void
  onSignal(signal: FeedSignal): void
  onGap(): void
  /** Nobody is told anything any more. */
  close(): void
}

export interface Subscriber {
  readonly listener: FeedListener
  closed: boolean
  batch: Heard[]
}

/** A change, and its place among those of its call. */
interface Heard {
  readonly callId: string
  readonly number: number
  readonly change: FeedChange
}

export function createAudience(): Audience {
  const subscribers = createTopicIndex<Subscriber>()
  const everybody = new Set<Subscriber>()
  /** Of each partition the call heard last, and the changes of it that were heard: they come on several channels. */
  const heard = new Map<number, { callId: string; readonly numbers: Set<number> }>()

  const deliver = (subscriber: Subscriber, heard: Heard) => {
    const { batch } = subscriber
    // What a call changed comes on several channels, one after the other.
    let at = batch.length
    for (let before = batch[at - 1]; before !== undefined; before = batch[--at - 1]) {
      if (before.callId !== heard.callId || before.number < heard.number) break
    }
    batch.splice(at, 0, heard)
    if (batch.length > 1) return
    queueMicrotask(() => {
      subscriber.batch = []
      if (!subscriber.closed) subscriber.listener.onChanges(batch.map(({ change }) => change))
    })
  }
  return {
    join(listener) {
      const subscriber: Subscriber = { listener, closed: false, batch: [] }
      everybody.add(subscriber)
      return subscriber
    },
    leave(subscriber) {
      subscriber.closed = true
      everybody.delete(subscriber)
      return subscribers.removeAll(subscriber)
    },
    add: subscribers.add,
    remove: subscribers.remove,
    hears: subscribers.has,
    onChanges(partition, callId, changes) {
      let latest = heard.get(partition)
      if (latest?.callId !== callId) {
        latest = { callId, numbers: new Set() }
        heard.set(partition, latest)
      }
      for (const { number, topics, read } of changes) {
        if (latest.numbers.has(number)) continue
        latest.numbers.add(number)
        const concerned = subscribers.concernedBy(topics)
        if (concerned.size === 0) continue
        const heard = { callId, number, change: read() }
        for (const subscriber of concerned) deliver(subscriber, heard)
      }
    },
    onSignal(signal) {
      for (const subscriber of subscribers.of(signal.topic)) {
        queueMicrotask(() => {
          if (!subscriber.closed) subscriber.listener.onSignal(signal)
        })
      }
    },
    onGap() {
      for (const subscriber of everybody) {
        queueMicrotask(() => {
          if (!subscriber.closed) subscriber.listener.onGap(null)
        })
      }
    },

    close() {
      for (const subscriber of everybody) subscriber.closed = true
    },
  }
}
