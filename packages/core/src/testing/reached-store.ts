import type { FeedListener, PresenceStore } from '../store/contract.ts'
import { interceptedStore } from './intercepted-store.ts'
import type { NodeProcess } from './node-process.ts'

/** A store over a connection that can break. */
export interface DistantStore extends PresenceStore {
  /**
   * While it is away every call rejects unexecuted, and nothing comes from the feed. When it is back, subscribers are
   * told that they may have missed something.
   */
  away(isAway: boolean): void
}

/** The store beyond a connection that can break. */
export function distantStore(store: PresenceStore): DistantStore {
  const listeners = new Set<FeedListener>()
  let isAway = false
  const reached = interceptedStore(store, {
    async call(make) {
      if (isAway) throw new Error('the store is away')
      return make()
    },
    deliver(handOver) {
      if (!isAway) handOver()
    },
  })
  return {
    ...reached,
    async subscribe(listener) {
      const subscription = await reached.subscribe(listener)
      listeners.add(listener)
      return {
        ...subscription,
        async close() {
          listeners.delete(listener)
          await subscription.close()
        },
      }
    },
    away(away) {
      const isBack = isAway && !away
      isAway = away
      if (isBack) for (const listener of listeners) listener.onGap(null)
    },
  }
}

/**
 * The store as a process reaches it: a process that stands still sends no call, gets no answer and hears nothing until
 * it goes on; what it asked before was executed all the same. One that is gone never does.
 */
export function storeWithin(process: NodeProcess, store: PresenceStore): PresenceStore {
  return interceptedStore(store, {
    async call(make) {
      if (process.state !== 'running') await process.running()
      try {
        return await make()
      } finally {
        if (process.state !== 'running') await process.running()
      }
    },
    deliver: (handOver) => process.reach(handOver),
  })
}
