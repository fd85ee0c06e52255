import type { FeedSubscription, PresenceStore } from '../store/contract.ts'

/** What happens on the way to a store and back. */
export interface Way {
  /** Makes a call, later, or not at all. */
  call<T>(make: () => Promise<T>): Promise<T>
  /** Hands over what the feed delivered, later, or not at all. */
  deliver(handOver: () => void): void
}

/** A store all of whose calls and deliveries go a certain way. A subscription closes whatever the way is like. */
export function interceptedStore(store: PresenceStore, { call, deliver }: Way): PresenceStore {
  return {
    capabilities: store.capabilities,
    now: () => call(() => store.now()),
    load: (userIds) => call(() => store.load(userIds)),
    save: (writes) => call(() => store.save(writes)),
    due: (now, cursor, limit) => call(() => store.due(now, cursor, limit)),
    list: (query, cursor, limit) => call(() => store.list(query, cursor, limit)),
    count: (query) => call(() => store.count(query)),
    renewNode: (nodeId, until, now, holdOff) => call(() => store.renewNode(nodeId, until, now, holdOff)),
    deadNodes: (now, cursor, limit) => call(() => store.deadNodes(now, cursor, limit)),
    usersOf: (nodeId, cursor, limit) => call(() => store.usersOf(nodeId, cursor, limit)),
    removeNode: (nodeId) => call(() => store.removeNode(nodeId)),
    subscribe: (listener) =>
      call(async (): Promise<FeedSubscription> => {
        const subscription = await store.subscribe({
          onChanges: (changes) => deliver(() => listener.onChanges(changes)),
          onSignal: (signal) => deliver(() => listener.onSignal(signal)),
          onGap: (topics) => deliver(() => listener.onGap(topics)),
        })
        return {
          add: (topics) => call(() => subscription.add(topics)),
          remove: (topics) => call(() => subscription.remove(topics)),
          publish: (signal) => call(() => subscription.publish(signal)),
          close: () => subscription.close(),
        }
      }),
    close: () => store.close(),
  }
}
