import { memoryStore, type PresenceStore } from '@rollcall/core'
import { unfenced } from './fences.ts'

/** A second handle that breaks one promise, and a case that must notice. */
export interface BrokenPeer {
  readonly name: string
  readonly create: (store: PresenceStore) => PresenceStore
  readonly breaks: string
}

/** A feed that reaches no other process. */
const alone = (store: PresenceStore): PresenceStore => ({ ...store, subscribe: memoryStore().subscribe })

export const brokenPeers: readonly BrokenPeer[] = [
  {
    name: 'holds other records',
    breaks: 'peers: what one handle saves another one reads',
    create: () => memoryStore(),
  },
  {
    name: 'compares with what it saved itself',
    breaks: 'peers: of two handles that expect the same rev exactly one passes',
    create: (store) => ({ ...store, save: async (writes) => writes.map(() => ({ ok: true })) }),
  },
  { name: 'hears only itself', breaks: 'peers: what one handle saves another one hears', create: alone },
  { name: 'hears no signals of others', breaks: 'peers: what one handle signals another one hears', create: alone },
  {
    name: 'kills in its own memory',
    breaks: 'peers: a lease that one handle kills is killed for the other',
    create(store) {
      const own = memoryStore()
      return {
        ...store,
        deadNodes: own.deadNodes,
        async renewNode(...args) {
          await own.renewNode(...args)
          return store.renewNode(...args)
        },
      }
    },
  },
  {
    name: 'fences by its own memory',
    breaks: 'peers: a late write through one handle is refused when the other killed its node, or found',
    create: (store) => ({ ...store, ...unfenced(store) }),
  },
  {
    name: 'tells the digest of what it saved itself',
    breaks: 'peers: the digest that one handle is told counts what the other saved',
    create: (store) => ({
      ...store,
      renewNode: async (...args) => ({ ...(await store.renewNode(...args)), digest: { count: 0, sum: 0 } }),
    }),
  },
  {
    name: 'knows the leases that it renewed itself',
    breaks: 'peers: a node that renewed through one handle is not new to the other',
    create(store) {
      const own = memoryStore()
      return {
        ...store,
        async renewNode(...args) {
          const { isNew } = await own.renewNode(...args)
          return { ...(await store.renewNode(...args)), isNew }
        },
      }
    },
  },
  {
    name: 'holds off by itself',
    breaks: 'peers: a hold-off holds for every handle',
    create: (store) => ({
      ...store,
      renewNode: async (...args) => ({ ...(await store.renewNode(...args)), holdOffUntil: 0 }),
    }),
  },
  {
    name: 'goes with the other one',
    breaks: 'peers: closing one handle leaves the other at work',
    create(store) {
      let isClosed = false
      const close = store.close
      Object.assign(store, {
        close() {
          isClosed = true
          return close()
        },
      })
      return {
        ...store,
        load: async (userIds) => (isClosed ? Promise.reject(new Error('closed')) : store.load(userIds)),
      }
    },
  },
]
