import type { UserRecord, WriteResult } from '@rollcall/core'
import { broken } from './broken-store.ts'

const withStanding = (results: readonly WriteResult[], standing: (i: number) => UserRecord | null) =>
  results.map((result, i) =>
    !result.ok && result.reason === 'conflict' ? { ...result, standing: standing(i) } : result,
  )

export const brokenResults = [
  broken(
    'loses the record of a conflict',
    'compare-and-set: a conflict returns the record of the last write that passed',
    (store) => ({
      save: async (writes) => withStanding(await store.save(writes), () => null),
    }),
  ),

  broken(
    'returns the refused record in a conflict',
    'compare-and-set: a write that expects nobody is refused with the record that stands',
    (store) => ({
      save: async (writes) => withStanding(await store.save(writes), (i) => writes[i]?.record ?? null),
    }),
  ),

  broken(
    'returns the first conflict for all',
    'compare-and-set: each conflict returns the record of its own user',
    (store) => ({
      async save(writes) {
        const results = await store.save(writes)
        const first = results.find((result) => !result.ok && result.reason === 'conflict')
        return results.map((result) => (result.ok || first === undefined ? result : first))
      },
    }),
  ),

  broken('sorts the results by user', 'compare-and-set: results come in the order of the writes', (store) => ({
    async save(writes) {
      const sorted = [...writes].sort((a, b) => (a.userId < b.userId ? -1 : 1))
      return sorted.length > 5 ? store.save(sorted) : store.save(writes)
    },
  })),

  broken(
    'stops at the first conflict',
    'compare-and-set: a conflict in a call stops no other write of it',
    (store) => ({
      async save(writes) {
        const results: WriteResult[] = []
        for (const write of writes) {
          const stopped = results.find(({ ok }) => !ok)
          results.push(stopped ?? ((await store.save([write]))[0] as WriteResult))
        }
        return results
      },
    }),
  ),

  broken(
    'executes the writes of a call backwards',
    'compare-and-set: two writes of one user in one call are executed in order',
    (store) => ({
      save: async (writes) => [...(await store.save([...writes].reverse()))].reverse(),
    }),
  ),
]
