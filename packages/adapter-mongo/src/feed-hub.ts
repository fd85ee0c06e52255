import {
  createTopicIndex,
  type FeedChange,
  type FeedListener,
  type FeedSignal,
  type FeedSubscription,
} from '@rollcall/core'
import type { HeardChange } from './feed-text.ts'

/** Where a handle hears changes and signals from: one for all its subscribers, open while there are any. */
export interface FeedSource {
  /** Resolves once everything that is published later will be heard. Rejects if the server cannot do that. */
  open(hearer: FeedHearer): Promise<FeedEar>
  publish(signal: FeedSignal): Promise<void>
}

export interface FeedEar {
  /** Nothing is heard once this was called. */
  close(): Promise<void>
}

export interface FeedHearer {
  /** In the order of the saves. */
  onHeard(changes: readonly HeardChange[], signals: readonly FeedSignal[]): void
  /** Something may have been missed. */
  onGap(): void
}

export interface FeedHub {
  subscribe(listener: FeedListener): Promise<FeedSubscription>
  close(): Promise<void>
}

interface Subscriber {
  readonly listener: FeedListener
  closed: boolean
}

/**
 * Hands what a source hears to the subscribers concerned. Every delivery is a microtask of its own, so that a listener
 * that throws keeps nothing from the others.
 */
export function createFeedHub(source: FeedSource): FeedHub {
  const all = new Set<Subscriber>()
  const subscribers = createTopicIndex<Subscriber>()
  let ear: Promise<FeedEar> | null = null

  const deliver = (to: Subscriber, delivery: (listener: FeedListener) => void) =>
    queueMicrotask(() => {
      if (!to.closed) delivery(to.listener)
    })
  const hearer: FeedHearer = {
    onHeard(changes, signals) {
      const batches = new Map<Subscriber, HeardChange[]>()
      for (const change of changes) {
        for (const subscriber of subscribers.concernedBy(change.topics)) {
          const batch = batches.get(subscriber)
          if (batch === undefined) batches.set(subscriber, [change])
          else batch.push(change)
        }
      }
      // Read once for all, and only if anybody wants it.
      const read = new Map<HeardChange, FeedChange | null>()
      for (const change of new Set([...batches.values()].flat())) read.set(change, readOf(change))
      for (const [subscriber, batch] of batches) {
        const known = batch.map((change) => read.get(change) ?? null).filter((change) => change !== null)
        if (known.length > 0) deliver(subscriber, (listener) => listener.onChanges(known))
        if (known.length < batch.length) deliver(subscriber, (listener) => listener.onGap(null))
      }
      for (const signal of signals) {
        for (const subscriber of subscribers.of(signal.topic)) {
          deliver(subscriber, (listener) => listener.onSignal(signal))
        }
      }
    },
    onGap() {
      for (const subscriber of all) deliver(subscriber, (listener) => listener.onGap(null))
    },
  }
  const leave = async (subscriber: Subscriber) => {
    if (subscriber.closed) return
    subscriber.closed = true
    subscribers.removeAll(subscriber)
    all.delete(subscriber)
    if (all.size > 0 || ear === null) return
    const last = ear
    ear = null
    await last.then(
      (opened) => opened.close(),
      () => {},
    )
  }
  const opened = (): Promise<FeedEar> => {
    if (ear !== null) return ear
    const opening = source.open(hearer)
    ear = opening
    opening.catch(() => {
      if (ear === opening) ear = null
    })
    return opening
  }

  return {
    async subscribe(listener) {
      const subscriber: Subscriber = { listener, closed: false }
      // Counted before it is awaited, so that the last one who leaves meanwhile does not close the ear.
      all.add(subscriber)
      try {
        await opened()
      } catch (error) {
        all.delete(subscriber)
        throw error
      }
      return {
        async add(topics) {
          if (!subscriber.closed) subscribers.add(subscriber, topics)
        },
        async remove(topics) {
          subscribers.remove(subscriber, topics)
        },
        publish: (signal) => source.publish(signal),
        close: () => leave(subscriber),
      }
    },
    async close() {
      await Promise.all([...all].map(leave))
    },
  }
}

/** `null`: it cannot be read. */
function readOf(change: HeardChange): FeedChange | null {
  try {
    return change.read()
  } catch {
    return null
  }
}
