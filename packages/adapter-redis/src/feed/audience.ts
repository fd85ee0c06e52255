import type { FeedChange, FeedListener, FeedSignal, FeedTopic } from '@rollcall/core'
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
  readonly topics: Set<FeedTopic>
  closed: boolean
  batch: Heard[]
}

/** A change, and its place among those of its call. */
interface Heard {
  readonly callId: string
  readonly number: number
  readonly change: FeedChange
}

const NOBODY: ReadonlySet<Subscriber> = new Set()

export function createAudience(): Audience {
  const subscribers = new Map<FeedTopic, Set<Subscriber>>()
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
  const remove = (subscriber: Subscriber, topics: readonly FeedTopic[]) =>
    topics.filter((topic) => {
      if (!subscriber.topics.delete(topic)) return false
      const others = subscribers.get(topic)
      others?.delete(subscriber)
      if (others?.size === 0) subscribers.delete(topic)
      return true
    })
  return {
    join(listener) {
      const subscriber: Subscriber = { listener, topics: new Set(), closed: false, batch: [] }
      everybody.add(subscriber)
      return subscriber
    },
    leave(subscriber) {
      subscriber.closed = true
      everybody.delete(subscriber)
      return remove(subscriber, [...subscriber.topics])
    },
    add(subscriber, topics) {
      const added = [...new Set(topics)].filter((topic) => !subscriber.topics.has(topic))
      for (const topic of added) {
        subscriber.topics.add(topic)
        const others = subscribers.get(topic)
        if (others === undefined) subscribers.set(topic, new Set([subscriber]))
        else others.add(subscriber)
      }
      return added
    },
    remove,
    hears: (topic) => subscribers.has(topic),
    onChanges(partition, callId, changes) {
      let latest = heard.get(partition)
      if (latest?.callId !== callId) {
        latest = { callId, numbers: new Set() }
        heard.set(partition, latest)
      }
      for (const { number, topics, read } of changes) {
        if (latest.numbers.has(number)) continue
        latest.numbers.add(number)
        const concerned = new Set<Subscriber>()
        for (const topic of topics) for (const each of subscribers.get(topic) ?? NOBODY) concerned.add(each)
        if (concerned.size === 0) continue
        const heard = { callId, number, change: read() }
        for (const subscriber of concerned) deliver(subscriber, heard)
      }
    },
    onSignal(signal) {
      for (const subscriber of subscribers.get(signal.topic) ?? NOBODY) {
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
