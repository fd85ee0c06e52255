import type { PresenceStore, UserRecord, Write, WriteResult } from '@rollcall/core'
import { broken } from './broken-store.ts'

/** The `rev` that stands now, for each write. */
async function standingOf(store: PresenceStore, writes: readonly Write[]): Promise<(UserRecord | null)[]> {
  return [...(await store.load(writes.map(({ userId }) => userId)))]
}

/** Saves one by one, each write changed at the moment of its turn. */
async function saveEach(
  store: PresenceStore,
  writes: readonly Write[],
  change: (write: Write, standing: UserRecord | null) => Write,
): Promise<WriteResult[]> {
  const results: WriteResult[] = []
  for (const write of writes) {
    const [standing] = await store.load([write.userId])
    results.push(...(await store.save([change(write, standing ?? null)])))
  }
  return results
}

export const brokenSaves = [
  broken(
    'ignores the expected rev',
    'compare-and-set: a write that expects another rev is refused with the record that stands',
    (store) => ({
      save: (writes) => saveEach(store, writes, (write, standing) => ({ ...write, expected: standing?.rev ?? null })),
    }),
  ),

  broken(
    'creates over what stands',
    'compare-and-set: a write that expects nobody is refused with the record that stands',
    (store) => ({
      save: (writes) =>
        saveEach(store, writes, (write, standing) =>
          write.expected === null ? { ...write, expected: standing?.rev ?? null } : write,
        ),
    }),
  ),

  broken(
    'creates whatever was expected of nobody',
    'compare-and-set: a write that expects a rev where nobody stands is refused with null',
    (store) => ({
      save: (writes) =>
        saveEach(store, writes, (write, standing) => (standing === null ? { ...write, expected: null } : write)),
    }),
  ),

  broken('compares versions', 'compare-and-set: revisions are compared, not versions', (store) => ({
    save: (writes) =>
      saveEach(store, writes, (write, standing) => {
        const isNext = standing !== null && write.change.version === standing.version + 1
        return isNext ? { ...write, expected: standing.rev } : write
      }),
  })),

  broken(
    'takes a repeated write for a success',
    'compare-and-set: a write that is repeated is in conflict with its own rev',
    (store) => ({
      async save(writes) {
        const standing = await standingOf(store, writes)
        const results = await store.save(writes)
        return results.map((result, i) => (standing[i]?.rev === writes[i]?.record?.rev ? { ok: true } : result))
      },
    }),
  ),

  broken(
    'compares once for the whole call',
    'compare-and-set: the second write of a user in a call is compared with the first',
    (store) => ({
      async save(writes) {
        const before = await standingOf(store, writes)
        return saveEach(store, writes, (write, standing) => {
          const wasRight = (before[writes.indexOf(write)]?.rev ?? null) === write.expected
          return wasRight ? { ...write, expected: standing?.rev ?? null } : write
        })
      },
    }),
  ),

  broken(
    'compares, waits, and writes',
    'compare-and-set: of calls at once that expect the same rev exactly one passes',
    (store) => ({
      async save(writes) {
        const before = await standingOf(store, writes)
        await Promise.resolve()
        if (writes.some(({ expected }, i) => expected !== (before[i]?.rev ?? null))) return store.save(writes)
        for (;;) {
          const results = await saveEach(store, writes, (write, now) => ({ ...write, expected: now?.rev ?? null }))
          if (writes.length !== 1 || results[0]?.ok || results[0]?.reason === 'fenced') return results
        }
      },
    }),
  ),

  broken(
    'compares nothing with null',
    'compare-and-set: a write that expects nobody passes where nobody stands',
    (store) => ({
      save: (writes) =>
        saveEach(store, writes, (write) => (write.expected === null ? { ...write, expected: 'NULL' } : write)),
    }),
  ),

  broken('never replaces a record', 'compare-and-set: a write that expects the standing rev passes', (store) => ({
    save: (writes) =>
      saveEach(store, writes, (write) => (write.record !== null ? { ...write, expected: null } : write)),
  })),

  broken(
    'forgets whatever rev is expected',
    'compare-and-set: forgetting passes only if the standing rev is expected',
    (store) => ({
      save: (writes) =>
        saveEach(store, writes, (write, standing) =>
          write.record === null ? { ...write, expected: standing?.rev ?? null } : write,
        ),
    }),
  ),

  broken(
    'forgets who is not there with success',
    'compare-and-set: forgetting who is not there is refused with null',
    (store) => ({
      async save(writes) {
        const before = await standingOf(store, writes)
        const results = await store.save(writes)
        return results.map((result, i) => (writes[i]?.record === null && before[i] === null ? { ok: true } : result))
      },
    }),
  ),

  broken(
    'refuses a forgetting, and takes the user off their node',
    'compare-and-set: a forgetting that was refused changes nothing, and nobody hears of it',
    (store) => {
      const taken = new Set<string>()
      return {
        async save(writes) {
          const results = await store.save(writes)
          for (const [i, { userId, record }] of writes.entries())
            if (record === null && !results[i]?.ok) taken.add(userId)
          return results
        },
        async usersOf(...args) {
          const { items, next } = await store.usersOf(...args)
          return { items: items.filter((userId) => !taken.has(userId)), next }
        },
      }
    },
  ),

  broken(
    'writes the index although the record is refused',
    'compare-and-set: a refused write leaves the lists as they are',
    (store) => ({
      async save(writes) {
        const results = await store.save(writes)
        for (const [i, write] of writes.entries()) {
          const result = results[i]
          if (result === undefined || result.ok || result.reason !== 'conflict' || result.standing === null) continue
          await store.save([{ ...write, record: result.standing, expected: result.standing.rev, topics: [] }])
        }
        return results
      },
    }),
  ),

  broken(
    'writes the record although it is refused',
    'compare-and-set: a refused write leaves the record as it is',
    (store) => {
      const refused = new Map<string, UserRecord>()
      return {
        async save(writes) {
          const results = await store.save(writes)
          for (const [i, { userId, record }] of writes.entries()) {
            if (results[i]?.ok) refused.delete(userId)
            else if (record !== null) refused.set(userId, record)
          }
          return results
        },
        load: async (userIds) =>
          (await store.load(userIds)).map((record, i) => refused.get(userIds[i] as string) ?? record),
      }
    },
  ),
]
