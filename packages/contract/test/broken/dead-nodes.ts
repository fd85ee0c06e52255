import type { PresenceStore, Write } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { byOffset } from './due.ts'
import { watchLeases } from './watch-leases.ts'

const ALL = 10_000

/** Saves with other nodes. */
function holding(
  store: PresenceStore,
  change: (nodes: readonly string[], write: Write) => readonly string[],
): Partial<PresenceStore> {
  return {
    save: (writes) =>
      store.save(
        writes.map((write) =>
          write.index ? { ...write, index: { ...write.index, nodes: change(write.index.nodes, write) } } : write,
        ),
      ),
  }
}

export const brokenDeadNodes = [
  broken('finds somebody dead in nothing', 'dead nodes: a store without nodes has no dead ones', (store) => ({
    async deadNodes(now, cursor, limit) {
      const page = await store.deadNodes(now, cursor, limit)
      return page.items.length > 0 ? page : { items: ['nobody'], next: null }
    },
  })),

  broken(
    'reads the dead from leases alone',
    'dead nodes: a node that a record names and that never had a lease is dead',
    (store) => {
      const { leases, renewNode } = watchLeases(store)
      return {
        renewNode,
        async deadNodes(...args) {
          const { items, next } = await store.deadNodes(...args)
          return { items: items.filter((nodeId) => leases.has(nodeId)), next }
        },
      }
    },
  ),

  broken(
    'lists nodes that nobody names',
    'dead nodes: a node that no record names is not listed, however long its lease is over',
    (store) => {
      const { leases, renewNode } = watchLeases(store)
      return {
        renewNode,
        async deadNodes(now, cursor, limit) {
          const { items, next } = await store.deadNodes(now, cursor, limit)
          const over = [...leases].filter(([, until]) => until <= now).map(([nodeId]) => nodeId)
          return { items: [...new Set([...items, ...over])], next }
        },
      }
    },
  ),

  broken('lists each dead node once', 'dead nodes: a dead node is listed again until no record names it', (store) => {
    const listed = new Set<string>()
    return {
      async deadNodes(...args) {
        const { items, next } = await store.deadNodes(...args)
        const fresh = items.filter((nodeId) => !listed.has(nodeId))
        for (const nodeId of fresh) listed.add(nodeId)
        return { items: fresh, next }
      },
    }
  }),

  broken(
    'lists a dead node although nobody names it',
    'dead nodes: a dead node is listed again until no record names it',
    (store) => {
      const dead = new Set<string>()
      return {
        async deadNodes(...args) {
          const { items, next } = await store.deadNodes(...args)
          for (const nodeId of items) dead.add(nodeId)
          return { items: [...new Set([...dead, ...items])], next }
        },
      }
    },
  ),

  broken('indexes one node per user', 'dead nodes: of two nodes of one user the dead one is listed', (store) =>
    holding(store, (nodes) => nodes.slice(-1)),
  ),

  broken('gives dead nodes in no order', 'dead nodes: dead nodes are ordered by id and paged', (store) => ({
    async deadNodes(now, cursor, limit) {
      const { items, next } = await store.deadNodes(now, cursor, limit)
      return { items: [...items].reverse(), next }
    },
  })),

  broken(
    'ignores the limit of dead nodes',
    'dead nodes: a page of dead nodes holds at most as many as asked for, and the last one no cursor',
    (store) => ({
      deadNodes: (now, cursor) => store.deadNodes(now, cursor, ALL),
    }),
  ),

  broken(
    'pages dead nodes by number',
    'dead nodes: a pass that sweeps each node it met meets all of them',
    (store) => ({
      deadNodes: (now, cursor, limit) => byOffset(store.deadNodes(now, null, ALL), cursor, limit),
    }),
  ),

  broken(
    'gives the dead to the first who asks',
    'dead nodes: two sweepers at once find the same dead nodes',
    (store) => {
      let asked = 0
      return {
        deadNodes: async (...args) => (asked++ % 2 === 0 ? store.deadNodes(...args) : { items: [], next: null }),
      }
    },
  ),

  broken(
    'gives the users of a node in no order',
    'dead nodes: the users of a node are ordered by id and paged',
    (store) => ({
      async usersOf(nodeId, cursor, limit) {
        const { items, next } = await store.usersOf(nodeId, cursor, limit)
        return { items: [...items].reverse(), next }
      },
    }),
  ),

  broken(
    'ignores the limit of a node’s users',
    'dead nodes: a page of users holds at most as many as asked for, and the last one no cursor',
    (store) => ({
      usersOf: (nodeId, cursor) => store.usersOf(nodeId, cursor, ALL),
    }),
  ),

  broken('finds users of nobody', 'dead nodes: a node that nobody names has no users', (store) => ({
    async usersOf(...args) {
      const page = await store.usersOf(...args)
      return page.items.length > 0 ? page : { items: ['nobody'], next: null }
    },
  })),

  broken('keeps users on the nodes they left', 'dead nodes: the users of a node follow every save', (store) => {
    const been = new Map<string, Set<string>>()
    return holding(store, (nodes, { userId }) => {
      const all = been.get(userId) ?? new Set<string>()
      been.set(userId, all)
      for (const node of nodes) all.add(node)
      return [...all]
    })
  }),

  broken(
    'moves users between nodes although the write is refused',
    'dead nodes: a refused write moves nobody between nodes',
    (store) => {
      const moved = new Map<string, string>()
      return {
        async save(writes) {
          const results = await store.save(writes)
          for (const [i, { userId, index }] of writes.entries())
            if (!results[i]?.ok && index?.nodes[0]) moved.set(index.nodes[0], userId)
          return results
        },
        async usersOf(nodeId, ...rest) {
          const { items, next } = await store.usersOf(nodeId, ...rest)
          const more = moved.get(nodeId)
          return { items: more === undefined || items.includes(more) ? items : [...items, more], next }
        },
      }
    },
  ),
]
