import type { FeedListener, FeedSubscription, PresenceStore } from '@rollcall/core'

/** Subscribes with another listener, and hands out another subscription. */
export function subscribing(
  store: PresenceStore,
  hear: (listener: FeedListener) => Partial<FeedListener>,
  change: (subscription: FeedSubscription, listener: FeedListener) => Partial<FeedSubscription> = () => ({}),
): Partial<PresenceStore> {
  return {
    async subscribe(listener) {
      const { onChanges, onSignal, onGap } = listener
      const subscription = await store.subscribe({ onChanges, onSignal, onGap, ...hear(listener) })
      return { ...subscription, ...change(subscription, listener) }
    },
  }
}
