import { memoryStore, type PresenceStore } from '@rollcall/core'

/** A memory store with one promise broken, and a case that must notice. */
export interface BrokenStore {
  readonly name: string
  /** The store of one case. */
  readonly create: () => PresenceStore
  /** A case that fails on it, as `group: name`. */
  readonly breaks: string
}

/** Replaces some methods of a fresh memory store. */
export function broken(
  name: string,
  breaks: string,
  change: (healthy: PresenceStore) => Partial<PresenceStore>,
): BrokenStore {
  return {
    name,
    breaks,
    create() {
      const healthy = memoryStore()
      return { ...healthy, ...change(healthy) }
    },
  }
}
