import type { FeedTopic } from '../machine/index.ts'
import type { FeedListener, FeedSubscription, PresenceStore } from '../store/contract.ts'
import { memoryStore } from '../store/memory.ts'
import type { Clock } from '../time/clock.ts'

/** A memory store that can lose everything. */
export interface WipeableStore extends PresenceStore {
  /**
   * Every record, lease and memory of killed nodes is gone, as after a restart without persistence; subscribers are
   * told that they may have missed something.
   */
  wipe(): Promise<void>
}

interface Subscriber {
  readonly listener: FeedListener
  readonly topics: Set<FeedTopic>
  subscription: FeedSubscription
}

export function wipeableStore(clock: Pick<Clock, 'now'>): WipeableStore {
  const subscribers = new Set<Subscriber>()
  let shelf = memoryStore({ clock })
  return {
    capabilities: shelf.capabilities,
    now: () => shelf.now(),
    load: (userIds) => shelf.load(userIds),
    save: (writes) => shelf.save(writes),
    due: (now, cursor, limit) => shelf.due(now, cursor, limit),
    list: (query, cursor, limit) => shelf.list(query, cursor, limit),
    count: (query) => shelf.count(query),
    renewNode: (nodeId, until, now, holdOff) => shelf.renewNode(nodeId, until, now, holdOff),
    deadNodes: (now, cursor, limit) => shelf.deadNodes(now, cursor, limit),
    usersOf: (nodeId, cursor, limit) => shelf.usersOf(nodeId, cursor, limit),
    removeNode: (nodeId) => shelf.removeNode(nodeId),
    async subscribe(listener) {
      const subscriber: Subscriber = { listener, topics: new Set(), subscription: await shelf.subscribe(listener) }
      subscribers.add(subscriber)
      return {
        async add(topics) {
          for (const topic of topics) subscriber.topics.add(topic)
          await subscriber.subscription.add(topics)
        },
        async remove(topics) {
          for (const topic of topics) subscriber.topics.delete(topic)
          await subscriber.subscription.remove(topics)
        },
        publish: (signal) => subscriber.subscription.publish(signal),
        async close() {
          subscribers.delete(subscriber)
          await subscriber.subscription.close()
        },
      }
    },
    close: () => shelf.close(),
    async wipe() {
      shelf = memoryStore({ clock })
      for (const subscriber of subscribers) {
        const { listener, topics, subscription } = subscriber
        await subscription.close()
        subscriber.subscription = await shelf.subscribe(listener)
        await subscriber.subscription.add([...topics])
        listener.onGap(null)
      }
    },
  }
}
