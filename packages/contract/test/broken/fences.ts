import { memoryStore, type PresenceStore } from '@rollcall/core'
import { type BrokenStore, broken } from './broken-store.ts'

/** Says that it fences, and does not. */
export const unfenced = (store: PresenceStore): Partial<PresenceStore> => ({
  save: (writes) => store.save(writes.map((write) => ({ ...write, writer: 'anybody' }))),
})

export const brokenFences: readonly BrokenStore[] = [
  broken(
    'does not fence late writes',
    'fencing: a late write of a killed node is refused, or its node is found dead again',
    unfenced,
  ),

  broken(
    'does not fence removed nodes',
    'fencing: a late write of a removed node is refused, or its node is found dead again',
    unfenced,
  ),

  broken(
    'fences users that the dead node held, and no others',
    'fencing: late writes of a killed node are refused whomever they are of, or all found under it',
    (store) => {
      const held = new Set<string>()
      return {
        save(writes) {
          const known = writes.map((write) => (held.has(write.userId) ? write : { ...write, writer: 'anybody' }))
          for (const { userId } of writes) held.add(userId)
          return store.save(known)
        },
      }
    },
  ),

  broken(
    'does not fence a forgetting',
    'fencing: a late forgetting by a killed node passes only where saves are not fenced',
    unfenced,
  ),

  broken(
    'does not find the late write that it let pass',
    'fencing: a late write of a removed node is refused, or its node is found dead again',
    (store) => {
      const removed = new Set<string>()
      return {
        ...unfenced(store),
        capabilities: { ...store.capabilities, fencedSaves: false },
        removeNode(nodeId) {
          removed.add(nodeId)
          return store.removeNode(nodeId)
        },
        async deadNodes(...args) {
          const { items, next } = await store.deadNodes(...args)
          return { items: items.filter((nodeId) => !removed.has(nodeId)), next }
        },
      }
    },
  ),

  broken(
    'refuses a late write, and writes it',
    'fencing: a write that was refused changes neither record nor index',
    (store) => ({
      async save(writes) {
        const results = await store.save(writes)
        const fenced = writes.filter((_, i) => results[i]?.ok === false && results[i].reason === 'fenced')
        await store.save(fenced.map((write) => ({ ...write, writer: 'anybody', topics: [] })))
        return results
      },
    }),
  ),

  broken(
    'refuses a late write, and publishes it',
    'fencing: a write that was refused is published to nobody',
    (store) => ({
      async save(writes) {
        const results = await store.save(writes)
        for (const [i, write] of writes.entries()) {
          const result = results[i]
          if (result === undefined || result.ok || result.reason !== 'fenced') continue
          const [standing] = await store.load([write.userId])
          await store.save([{ ...write, record: standing ?? null, expected: standing?.rev ?? null, writer: 'anybody' }])
        }
        return results
      },
    }),
  ),

  broken('locks what a dead node held', 'fencing: others may write what a dead node held', (store) => ({
    async save(writes) {
      const before = await store.load(writes.map(({ userId }) => userId))
      const isHeld = before.some((record) => record?.connections.some(({ nodeId }) => nodeId === 'n1'))
      return isHeld ? writes.map(() => ({ ok: false, reason: 'fenced' })) : store.save(writes)
    },
  })),

  broken(
    'refuses a whole call for one dead node',
    'fencing: others in the same call are not refused with a dead node',
    (store) => ({
      async save(writes) {
        const results = await store.save(writes)
        const isFenced = results.some((result) => !result.ok && result.reason === 'fenced')
        return isFenced ? writes.map(() => ({ ok: false, reason: 'fenced' })) : results
      },
    }),
  ),

  broken('wants a lease of every writer', 'fencing: a writer that never had a lease may write', (store) => {
    const leased = new Set<string>()
    return {
      renewNode(nodeId, ...rest) {
        leased.add(nodeId)
        return store.renewNode(nodeId, ...rest)
      },
      save: async (writes) =>
        writes.every(({ writer }) => leased.has(writer) || writer === 'writer')
          ? store.save(writes)
          : writes.map(() => ({ ok: false, reason: 'fenced' })),
    }
  }),

  broken(
    'fences who is late to renew',
    'fencing: a writer whose lease ran out but was not killed may write',
    (store) => {
      const leases = new Map<string, number>()
      let latest = 0
      return {
        renewNode(nodeId, until, now, holdOff) {
          leases.set(nodeId, until)
          latest = Math.max(latest, now)
          return store.renewNode(nodeId, until, now, holdOff)
        },
        save: async (writes) =>
          writes.some(({ writer }) => (leases.get(writer) ?? latest + 1) <= latest)
            ? writes.map(() => ({ ok: false, reason: 'fenced' }))
            : store.save(writes),
      }
    },
  ),

  { name: 'does nothing at all', create: inert, breaks: 'records: a record loads as it was saved, every field of it' },
]

/** Accepts everything and keeps nothing. */
function inert(): PresenceStore {
  const store = memoryStore()
  return { ...store, save: async (writes) => writes.map(() => ({ ok: true })) }
}
