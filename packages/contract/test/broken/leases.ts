import type { NodeRenewal, PresenceStore } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { forgetful } from './forgetful.ts'
import { watchLeases } from './watch-leases.ts'

/** Answers a renewal otherwise. */
function renewing(
  store: PresenceStore,
  change: (renewal: NodeRenewal, nodeId: string) => NodeRenewal,
): Partial<PresenceStore> {
  return { renewNode: async (nodeId, ...rest) => change(await store.renewNode(nodeId, ...rest), nodeId) }
}

export const brokenLeases = [
  broken('knows nodes it never saw as killed', 'leases: a node never seen gets a lease', (store) => {
    const seen = new Set<string>()
    return renewing(store, (renewal, nodeId) => {
      const isNew = !seen.has(nodeId)
      seen.add(nodeId)
      return isNew ? { ...renewal, stands: false } : renewal
    })
  }),

  broken(
    'lets a lease outlive its end',
    'leases: a node with a lease is not dead before the instant it runs out',
    (store) => ({
      deadNodes: (now, cursor, limit) => store.deadNodes(now - 1, cursor, limit),
    }),
  ),

  broken('takes the first lease for the only one', 'leases: a renewal extends the lease', (store) => {
    const { leases } = watchLeases(store)
    return {
      async renewNode(nodeId, until, ...rest) {
        const first = leases.get(nodeId) ?? until
        leases.set(nodeId, first)
        return store.renewNode(nodeId, first, ...rest)
      },
    }
  }),

  broken(
    'lets until fall',
    'leases: until only rises: a renewal that comes late does not shorten the lease',
    (store) => {
      const { leases, renewNode } = watchLeases(store)
      return {
        renewNode,
        async deadNodes(now, cursor, limit) {
          const fallen = [...leases].filter(([, until]) => until <= now).map(([nodeId]) => nodeId)
          const { items, next } = await store.deadNodes(now, cursor, limit)
          return { items: [...new Set([...items, ...fallen])], next }
        },
      }
    },
  ),

  broken(
    'kills a lease that ran out by itself',
    'leases: a lease that ran out but was not killed is extended',
    (store) => {
      const { leases, renewNode } = watchLeases(store)
      return {
        async renewNode(nodeId, until, now, holdOff) {
          if ((leases.get(nodeId) ?? now + 1) <= now) await store.removeNode(nodeId)
          return renewNode(nodeId, until, now, holdOff)
        },
      }
    },
  ),

  broken('says that a killed lease stands', 'leases: a killed lease is never extended', (store) =>
    renewing(store, (renewal) => ({ ...renewal, stands: true })),
  ),

  broken('renews a killed lease on the second try', 'leases: a killed lease is never extended', (store) => {
    const tried = new Set<string>()
    return renewing(store, (renewal, nodeId) => {
      const again = !renewal.stands && tried.has(nodeId)
      tried.add(nodeId)
      return again ? { ...renewal, stands: true } : renewal
    })
  }),

  broken(
    'forgets the killed after an hour',
    'leases: a killed node is refused for a day, also when no record names it any more',
    (store) => forgetful(store),
  ),

  broken(
    'believes an old renewal',
    'leases: a killed node is refused also by a renewal that claims to be older than the kill',
    (store) => {
      let latest = 0
      return {
        async renewNode(nodeId, until, now, holdOff) {
          const renewal = await store.renewNode(nodeId, until, now, holdOff)
          return now < latest ? { ...renewal, stands: true } : renewal
        },
        deadNodes(now, ...rest) {
          latest = Math.max(latest, now)
          return store.deadNodes(now, ...rest)
        },
      }
    },
  ),

  broken('kills only leases', 'leases: a node that was dead before its first renewal is killed too', (store) => {
    const { leases, renewNode } = watchLeases(store)
    return {
      async renewNode(nodeId, ...rest) {
        const isNew = !leases.has(nodeId)
        const renewal = await renewNode(nodeId, ...rest)
        return isNew ? { ...renewal, stands: true } : renewal
      },
    }
  }),

  broken('kills all leases with one', 'leases: killing one node leaves the leases of others', (store) => {
    let isKilling = false
    return {
      async deadNodes(now, cursor, limit) {
        const page = await store.deadNodes(now, cursor, limit)
        isKilling ||= page.items.length > 0
        return page
      },
      ...renewing(store, (renewal) => (isKilling ? { ...renewal, stands: false } : renewal)),
    }
  }),

  broken(
    'looks for the dead, waits, and kills',
    'leases: of a kill and a renewal at once exactly one comes first',
    (store) => {
      const killed = new Set<string>()
      const { leases } = watchLeases(store)
      return {
        async renewNode(nodeId, until, ...rest) {
          leases.set(nodeId, until)
          const renewal = await store.renewNode(nodeId, Number.MAX_SAFE_INTEGER, ...rest)
          return { ...renewal, stands: !killed.has(nodeId) }
        },
        async deadNodes(now, cursor, limit) {
          const { items } = await store.deadNodes(now, cursor, limit)
          const dead = [...items, ...[...leases].filter(([, until]) => until <= now + 30_000).map(([nodeId]) => nodeId)]
          await Promise.resolve()
          for (const nodeId of dead) killed.add(nodeId)
          return { items: dead, next: null }
        },
      }
    },
  ),

  broken('does not echo', 'leases: a renewal echoes on the topic of its node', (store) => ({
    renewNode: async () => await store.renewNode('nobody', 0, 0, { afterMs: 1, forMs: 0 }),
  })),

  broken('echoes on the topic of every node', 'leases: a renewal echoes on no other topic', (store) => ({
    async subscribe(listener) {
      const subscription = await store.subscribe(listener)
      return {
        ...subscription,
        add: (topics) =>
          subscription.add(topics.flatMap((topic) => (topic.startsWith('node:') ? [topic, 'node:n1'] : [topic]))),
      }
    },
  })),

  broken('echoes what it refused', 'leases: a renewal that is refused does not echo', (store) => ({
    async renewNode(nodeId, until, ...rest) {
      const renewal = await store.renewNode(nodeId, until, ...rest)
      const silent = await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })
      if (!renewal.stands) await silent.publish({ topic: `node:${nodeId}`, signal: { type: 'renewed', until } })
      return renewal
    },
  })),
]
