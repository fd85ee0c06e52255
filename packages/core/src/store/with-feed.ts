import type { PublishedTopic, UserRecord } from '../machine/index.ts'
import type {
  FeedChange,
  FeedListener,
  FeedSignal,
  FeedSubscription,
  PresenceStore,
  Write,
  WriteResult,
} from './contract.ts'

/** A change, and where it is heard. */
export interface Publication {
  readonly change: FeedChange
  readonly topics: readonly PublishedTopic[]
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

/** Publications of unanswered saves that are remembered; of older ones nobody is told before the next reconciliation. */
const MAX_UNANSWERED = 4096

/**
 * The records of one store with the feed of another: records where they are to be, fan-out where it is fast. What was
 * saved is published before the call resolves: a crash between the two, or a feed that is away, loses the publication
 * until the next reconciliation, and the capabilities say so. A save never fails for the sake of the feed, and waits for
 * one that failed only once. What a save without an answer did store is published once the record is met. Subscribers
 * of this process are told of a gap when the feed or the saves begin to fail, and when the feed is back. `close` closes
 * both.
 */
export function withFeed(store: PresenceStore, feed: ChangeFeed): PresenceStore {
  const listeners = new Set<FeedListener>()
  /** By user. */
  const unanswered = new Map<string, Publication>()
  let isAway = false
  let areSavesFailing = false
  const tellGap = () => {
    for (const listener of listeners) listener.onGap(null)
  }
  const publish = async (publications: readonly Publication[]): Promise<void> => {
    const wasAway = isAway
    try {
      await feed.publish(publications)
      isAway = false
      // What was published meanwhile is lost.
      if (wasAway) tellGap()
    } catch {
      if (!isAway) tellGap()
      isAway = true
    }
  }
  const publishInTurn = async (publications: readonly Publication[]): Promise<void> => {
    const publishing = publications.length > 0 ? publish(publications) : null
    if (!isAway) await publishing
  }
  const remember = (writes: readonly Write[]) => {
    for (const { userId, change, topics } of writes) {
      unanswered.delete(userId)
      if (topics.length > 0) unanswered.set(userId, { change, topics })
      if (unanswered.size > MAX_UNANSWERED) unanswered.delete(unanswered.keys().next().value as string)
    }
  }
  /** What an unanswered save of the user published, if it was executed after all. */
  const heardOf = (userId: string, standing: UserRecord | null): readonly Publication[] => {
    const publication = unanswered.get(userId)
    if (publication === undefined || !isOf(publication, standing)) return []
    unanswered.delete(userId)
    return [publication]
  }
  return {
    capabilities: { ...store.capabilities, atomicPublication: false, feed: { kind: 'push' } },
    now: () => store.now(),
    async load(userIds) {
      const records = await store.load(userIds)
      if (unanswered.size > 0) await publishInTurn(userIds.flatMap((userId, i) => heardOf(userId, records[i] ?? null)))
      return records
    },
    async save(writes) {
      let results: readonly WriteResult[]
      try {
        // The store's own feed has nothing to do.
        results = await store.save(writes.map((write) => ({ ...write, topics: [] })))
        areSavesFailing = false
      } catch (error) {
        remember(writes)
        if (!areSavesFailing) tellGap()
        areSavesFailing = true
        throw error
      }
      await publishInTurn(
        writes.flatMap((write, i) => {
          const result = results[i]
          if (result?.ok === false && result.reason === 'conflict') return heardOf(write.userId, result.standing)
          if (result?.ok !== true) return []
          unanswered.delete(write.userId)
          return write.topics.length > 0 ? [write] : []
        }),
      )
      return results
    },
    due: (now, cursor, limit) => store.due(now, cursor, limit),
    list: (query, cursor, limit) => store.list(query, cursor, limit),
    count: (query) => store.count(query),
    async renewNode(nodeId, until, now, holdOff) {
      const renewal = await store.renewNode(nodeId, until, now, holdOff)
      // Whoever misses the echo takes the feed for dead, which it is.
      if (renewal.stands) feed.signal({ topic: `node:${nodeId}`, signal: { type: 'renewed', until } }).catch(() => {})
      return renewal
    },
    deadNodes: (now, cursor, limit) => store.deadNodes(now, cursor, limit),
    usersOf: (nodeId, cursor, limit) => store.usersOf(nodeId, cursor, limit),
    removeNode: (nodeId) => store.removeNode(nodeId),
    async subscribe(listener) {
      const subscription = await feed.subscribe(listener)
      listeners.add(listener)
      return {
        add: (topics) => subscription.add(topics),
        remove: (topics) => subscription.remove(topics),
        publish: (signal) => subscription.publish(signal),
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

/** Whether the change is the one that made the record what it is. */
function isOf({ change }: Publication, standing: UserRecord | null): boolean {
  return change.record === null ? standing === null : standing?.rev === change.record.rev
}
