import { broken } from './broken-store.ts'

export const brokenCounts = [
  broken('counts from one', 'counts: an empty store counts nobody', (store) => ({
    count: async (query) => Math.max(1, await store.count(query)),
  })),

  broken('counts who is offline among the present', 'counts: without a status the present are counted', (store) => ({
    async count(query) {
      const offline = query.status === undefined ? await store.count({ ...query, status: 'offline' }) : 0
      return offline + (await store.count(query))
    },
  })),

  broken('counts the present whatever status is asked for', 'counts: with a status that one is counted', (store) => ({
    count: ({ status, ...query }) => store.count(query),
  })),

  broken(
    'counts who is invisible as they are',
    'counts: others count who is invisible as offline, admins as they are',
    (store) => ({
      count: (query) => store.count({ ...query, as: 'admin' }),
    }),
  ),

  broken('counts who was ever there', 'counts: counts are the lengths of lists whatever was saved', (store) => {
    const highest = new Map<string, number>()
    return {
      async count(query) {
        const key = JSON.stringify(query)
        highest.set(key, Math.max(highest.get(key) ?? 0, await store.count(query)))
        return highest.get(key) as number
      },
    }
  }),

  broken('counts saves', 'counts: saving a user again counts them once', (store) => {
    let again = 0
    return {
      async save(writes) {
        const results = await store.save(writes)
        again += writes.filter(({ expected }, i) => expected !== null && results[i]?.ok).length
        return results
      },
      count: async (query) => again + (await store.count(query)),
    }
  }),

  broken('counts the forgotten', 'counts: a forgotten user is not counted', (store) => {
    let forgotten = 0
    return {
      async save(writes) {
        forgotten += writes.filter(({ record }) => record === null).length
        return store.save(writes)
      },
      count: async (query) => forgotten + (await store.count(query)),
    }
  }),

  broken('counts what it refused', 'counts: a refused write changes no count', (store) => {
    let refused = 0
    return {
      async save(writes) {
        const results = await store.save(writes)
        refused += results.filter(({ ok }) => !ok).length
        return results
      },
      count: async (query) => refused + (await store.count(query)),
    }
  }),
]
