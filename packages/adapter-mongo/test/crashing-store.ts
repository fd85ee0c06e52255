import type { PresenceStore } from '@rollcall/core'

/** A store as a process knows it that may crash: from then on no call of it is answered, and it hears nothing. */
export function crashingStore(store: PresenceStore): PresenceStore & { crash(): void } {
  let isCrashed = false
  const never = new Promise<never>(() => {})
  const alive =
    <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (isCrashed) return never
      const answer = await call(...args)
      return isCrashed ? never : answer
    }
  return {
    capabilities: store.capabilities,
    now: alive(store.now),
    load: alive(store.load),
    save: alive(store.save),
    due: alive(store.due),
    list: alive(store.list),
    count: alive(store.count),
    renewNode: alive(store.renewNode),
    deadNodes: alive(store.deadNodes),
    usersOf: alive(store.usersOf),
    removeNode: alive(store.removeNode),
    subscribe: alive((listener) =>
      store.subscribe({
        onChanges: (changes) => isCrashed || listener.onChanges(changes),
        onSignal: (signal) => isCrashed || listener.onSignal(signal),
        onGap: (topics) => isCrashed || listener.onGap(topics),
      }),
    ),
    close: store.close,
    crash() {
      isCrashed = true
    },
  }
}
