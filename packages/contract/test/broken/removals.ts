import { broken } from './broken-store.ts'
import { forgetful } from './forgetful.ts'

export const brokenRemovals = [
  broken('never removes', 'removed nodes: a node that no record names is removed at once', (store) => ({
    removeNode: async (nodeId) => (await store.removeNode(nodeId)) && false,
  })),

  broken('cannot remove what it never saw', 'removed nodes: a node never seen is removed at once', (store) => {
    const seen = new Set<string>()
    return {
      renewNode(nodeId, ...rest) {
        seen.add(nodeId)
        return store.renewNode(nodeId, ...rest)
      },
      removeNode: async (nodeId) => (await store.removeNode(nodeId)) && seen.has(nodeId),
    }
  }),

  broken('removes a node too early', 'removed nodes: a node that a record names is not removed', (store) => ({
    removeNode: async (nodeId) => (await store.removeNode(nodeId)) || true,
  })),

  broken(
    'does not end the lease of a node that records name',
    'removed nodes: removing a node ends its lease at once, also while records name it',
    (store) => ({
      removeNode: async (nodeId) =>
        (await store.usersOf(nodeId, null, 1)).items.length > 0 ? false : store.removeNode(nodeId),
    }),
  ),

  broken('lists a removed node', 'removed nodes: a node that is removed is not dead any more', (store) => {
    const removed = new Set<string>()
    return {
      removeNode(nodeId) {
        removed.add(nodeId)
        return store.removeNode(nodeId)
      },
      async deadNodes(...args) {
        const { items, next } = await store.deadNodes(...args)
        return { items: [...new Set([...items, ...removed])], next }
      },
    }
  }),

  broken('takes a removed node for a new one', 'removed nodes: a removed node does not come back', (store) => ({
    removeNode: async (nodeId) => (await store.usersOf(nodeId, null, 1)).items.length === 0,
  })),

  broken('forgets the removed after an hour', 'removed nodes: a removed node does not come back for a day', (store) =>
    forgetful(store),
  ),

  broken('removes once', 'removed nodes: removing twice does no harm', (store) => {
    const removed = new Set<string>()
    return {
      async removeNode(nodeId) {
        if (removed.has(nodeId)) return false
        const isRemoved = await store.removeNode(nodeId)
        if (isRemoved) removed.add(nodeId)
        return isRemoved
      },
    }
  }),

  broken('removes all nodes with one', 'removed nodes: removing a node leaves the leases of others', (store) => {
    const seen = new Set<string>()
    return {
      renewNode(nodeId, ...rest) {
        seen.add(nodeId)
        return store.renewNode(nodeId, ...rest)
      },
      async removeNode(nodeId) {
        for (const other of seen) if (other !== nodeId) await store.removeNode(other)
        return store.removeNode(nodeId)
      },
    }
  }),
]
