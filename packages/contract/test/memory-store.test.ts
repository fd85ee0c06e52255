import { memoryStore, type PresenceStore } from '@rollcall/core'
import { describe, it } from 'vitest'
import { storeContract } from '../src/index.ts'

// Engines of one process share one store object: each of them is a peer.
const stores = new Map<string, PresenceStore>()

storeContract({
  describe,
  it,
  createStore(namespace) {
    const store = memoryStore()
    stores.set(namespace, store)
    return store
  },
  createPeer: (namespace) => stores.get(namespace) as PresenceStore,
})
