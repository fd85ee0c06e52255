import type { FeedListener, PresenceStore } from '@rollcall/core'

/** The next turn of the event loop: everything that is only microtasks is over. */
const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

/** A store as far away as a server: each call takes a turn there and one back, and the feed brings changes one by one. */
export function slowStore(store: PresenceStore): PresenceStore {
  const far =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await nextTurn()
      const answer = await call(...args)
      await nextTurn()
      return answer
    }
  const later = (listener: FeedListener): FeedListener => ({
    async onChanges(changes) {
      for (const change of changes) {
        await nextTurn()
        listener.onChanges([change])
      }
    },
    async onSignal(signal) {
      await nextTurn()
      listener.onSignal(signal)
    },
    onGap: (topics) => listener.onGap(topics),
  })
  return {
    capabilities: store.capabilities,
    now: far(store.now),
    load: far(store.load),
    save: far(store.save),
    due: far(store.due),
    list: far(store.list),
    count: far(store.count),
    renewNode: far(store.renewNode),
    deadNodes: far(store.deadNodes),
    usersOf: far(store.usersOf),
    removeNode: far(store.removeNode),
    subscribe: far(async (listener) => {
      const { add, remove, publish, close } = await store.subscribe(later(listener))
      return { add: far(add), remove: far(remove), publish: far(publish), close: far(close) }
    }),
    close: far(store.close),
  }
}
