import type { FeedTopic } from '../machine/index.ts'
import type { FeedChange, FeedListener, FeedSignal, FeedSubscription, PresenceStore } from './contract.ts'

/** A change, and where it is heard. */
export interface Publication {
  readonly change: FeedChange
  readonly topics: readonly FeedTopic[]
}

/** A bus that carries changes and signals between processes, and stores nothing. */
export interface ChangeFeed {
  /**
   * Publishes changes in their order; calls of one process are heard in the order they were made. Rejects in time when
   * it cannot; they may then have been heard or not.
   */
  publish(publications: readonly Publication[]): Promise<void>
  /** At most once, unordered against changes. */
  signal(signal: FeedSignal): Promise<void>
  /** As {@link PresenceStore.subscribe}; changes are heard each once, however many of the topics match. */
  subscribe(listener: FeedListener): Promise<FeedSubscription>
  /** Releases only what the feed itself opened. */
  close(): Promise<void>
}

/**
 * The records of one store with the feed of another: records where they are to be, fan-out where it is fast. What was
 * saved is published before the call resolves: a crash between the two, or a feed that is away, loses the publication
 * until the next reconciliation, and the capabilities say so. A save never fails for the sake of the feed, and waits for
 * one that failed only once. Subscribers of this process are told of a gap then. `close` closes both.
 */
export function withFeed(store: PresenceStore, feed: ChangeFeed): PresenceStore {
  const listeners = new Set<FeedListener>()
  let isAway = false
  const publish = async (publications: readonly Publication[]): Promise<void> => {
    try {
      await feed.publish(publications)
      isAway = false
    } catch {
      isAway = true
      for (const listener of listeners) listener.onGap(null)
    }
  }
  return {
    ...store,
    capabilities: { ...store.capabilities, atomicPublication: false, feed: { kind: 'push' } },
    async save(writes) {
      // The store's own feed has nothing to do.
      const results = await store.save(writes.map((write) => ({ ...write, topics: [] })))
      const published = writes.filter(({ topics }, i) => results[i]?.ok === true && topics.length > 0)
      const publishing = published.length > 0 ? publish(published) : null
      if (!isAway) await publishing
      return results
    },
    async renewNode(nodeId, until, now, holdOff) {
      const renewal = await store.renewNode(nodeId, until, now, holdOff)
      // Whoever misses the echo takes the feed for dead, which it is.
      if (renewal.stands) feed.signal({ topic: `node:${nodeId}`, signal: { type: 'renewed', until } }).catch(() => {})
      return renewal
    },
    async subscribe(listener) {
      const subscription = await feed.subscribe(listener)
      listeners.add(listener)
      return {
        ...subscription,
        async close() {
          listeners.delete(listener)
          await subscription.close()
        },
      }
    },
    async close() {
      listeners.clear()
      await Promise.all([store.close(), feed.close()])
    },
  }
}
