import type { NodeRenewal, PresenceStore } from '@rollcall/core'
import { broken } from './broken-store.ts'

/** Answers otherwise whether a node is new. */
function renewing(
  store: PresenceStore,
  isNew: (renewal: NodeRenewal, nodeId: string, until: number, now: number) => boolean,
): Partial<PresenceStore> {
  return {
    async renewNode(nodeId, until, now, holdOff) {
      const renewal = await store.renewNode(nodeId, until, now, holdOff)
      return { ...renewal, isNew: isNew(renewal, nodeId, until, now) }
    },
  }
}

/** Takes a node whose last lease ended `afterMs` ago for new. */
function forgettingLeases(store: PresenceStore, afterMs: number): Partial<PresenceStore> {
  const leases = new Map<string, number>()
  return renewing(store, (renewal, nodeId, until, now) => {
    const before = leases.get(nodeId) ?? 0
    leases.set(nodeId, until)
    return renewal.isNew || (renewal.stands && before + afterMs <= now)
  })
}

export const brokenNewNodes = [
  broken('takes nobody for new', 'new nodes: a node is new once', (store) => renewing(store, () => false)),

  broken('takes everybody for new', 'new nodes: a node is new once', (store) =>
    renewing(store, ({ stands }) => stands),
  ),

  broken(
    'looks for a lease, waits, and renews',
    'new nodes: of the first renewals at once exactly one is new',
    (store) => {
      const known = new Set<string>()
      return {
        async renewNode(nodeId, ...rest) {
          const isNew = !known.has(nodeId)
          const renewal = await store.renewNode(nodeId, ...rest)
          known.add(nodeId)
          return { ...renewal, isNew: renewal.stands && isNew }
        },
      }
    },
  ),

  broken('takes the first node only for new', 'new nodes: each node is new by itself', (store) => {
    let isFirst = true
    return renewing(store, ({ isNew }) => {
      const answer = isNew && isFirst
      isFirst = false
      return answer
    })
  }),

  broken('takes a record for a lease', 'new nodes: a node that records name is new until it renews', (store) => {
    const named = new Set<string>()
    return {
      save(writes) {
        for (const { index } of writes) for (const nodeId of index?.nodes ?? []) named.add(nodeId)
        return store.save(writes)
      },
      ...renewing(store, ({ isNew }, nodeId) => isNew && !named.has(nodeId)),
    }
  }),

  broken('takes a write for a lease', 'new nodes: a node that wrote is new until it renews', (store) => {
    const writers = new Set<string>()
    return {
      save(writes) {
        for (const { writer } of writes) writers.add(writer)
        return store.save(writes)
      },
      ...renewing(store, ({ isNew }, nodeId) => isNew && !writers.has(nodeId)),
    }
  }),

  broken(
    'forgets a node with the last record',
    'new nodes: a node is not new again when the last record that names it goes',
    (store) => {
      let isEmptied = false
      return {
        save(writes) {
          isEmptied ||= writes.some(({ record }) => record === null)
          return store.save(writes)
        },
        ...renewing(store, ({ isNew }) => isNew || isEmptied),
      }
    },
  ),

  broken('takes a lease that ran out for none', 'new nodes: a lease that ran out is known', (store) =>
    forgettingLeases(store, 0),
  ),

  broken('forgets a lease after an hour', 'new nodes: a lease is known for a day after it ran out', (store) =>
    forgettingLeases(store, 60 * 60 * 1000),
  ),

  broken('takes the killed for new', 'new nodes: a renewal that does not stand is never new', (store) =>
    renewing(store, ({ isNew, stands }) => isNew || !stands),
  ),

  broken('takes who was killed unseen for new', 'new nodes: a renewal that does not stand is never new', (store) => {
    const known = new Set<string>()
    return renewing(store, (_, nodeId) => {
      const isNew = !known.has(nodeId)
      known.add(nodeId)
      return isNew
    })
  }),
]
