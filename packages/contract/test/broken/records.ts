import type { UserRecord } from '@rollcall/core'
import { broken } from './broken-store.ts'

/** What a Lua JSON library makes of empty lists. */
function withoutEmptyLists<T>(value: T): T {
  if (Array.isArray(value)) return (value.length === 0 ? {} : value.map(withoutEmptyLists)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEmptyLists(inner)])) as T
}

/** What a careless copy makes of a key named `__proto__`. */
function assigned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(assigned) as T
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) copy[key] = assigned(inner)
  return copy as T
}

export const brokenRecords = [
  broken('knows everybody', 'records: a user never saved loads as null', (store) => ({
    load: async (userIds) =>
      (await store.load(userIds)).map(
        (record, i) => record ?? ({ userId: userIds[i], rev: 'none' } as unknown as UserRecord),
      ),
  })),

  broken('turns empty lists into objects', 'records: an empty record loads as it was saved', (store) => ({
    load: async (userIds) => (await store.load(userIds)).map(withoutEmptyLists),
  })),

  broken('copies objects key by key', 'records: awkward JSON in a record loads as it was saved', (store) => ({
    load: async (userIds) => (await store.load(userIds)).map(assigned),
  })),

  broken('drops fields it does not know', 'records: a record loads as it was saved, every field of it', (store) => ({
    load: async (userIds) => (await store.load(userIds)).map((record) => record && { ...record, cause: null }),
  })),

  broken('cuts long lists', 'records: a record of 32 connections in 100 spaces loads as it was saved', (store) => ({
    load: async (userIds) =>
      (await store.load(userIds)).map(
        (record) => record && { ...record, connections: record.connections.slice(0, 16) },
      ),
  })),

  broken(
    'leaves out who is not there',
    'records: records load in the order asked for, null where there is none',
    (store) => ({
      load: async (userIds) => (await store.load(userIds)).filter((record) => record !== null || userIds.length === 1),
    }),
  ),

  broken(
    'loads in the order of its own',
    'records: records load in the order asked for, null where there is none',
    (store) => ({
      load: (userIds) => store.load([...userIds].sort()),
    }),
  ),

  broken('loads each user once', 'records: a user asked for twice is loaded twice', (store) => ({
    load: (userIds) => store.load([...new Set(userIds)]),
  })),

  broken('cannot load nobody', 'records: nobody asked for loads nothing, no write saves nothing', (store) => ({
    async load(userIds) {
      if (userIds.length === 0) throw new Error('wrong number of arguments')
      return store.load(userIds)
    },
  })),

  broken('merges records', 'records: a later save replaces the record as a whole', (store) => ({
    async save(writes) {
      const before = await store.load(writes.map(({ userId }) => userId))
      const merged = writes.map((write, i) => {
        const claims = [...(before[i]?.claims ?? []), ...(write.record?.claims ?? [])]
        return write.record === null || claims.length === 0 ? write : { ...write, record: { ...write.record, claims } }
      })
      return store.save(merged)
    },
  })),

  broken(
    'writes into records that it handed out',
    'records: a record that was handed out does not change when another is saved',
    (store) => {
      const handedOut = new Map<string, UserRecord>()
      return {
        async load(userIds) {
          const records = await store.load(userIds)
          for (const record of records) if (record) handedOut.set(record.userId, record)
          return records
        },
        async save(writes) {
          for (const { userId, record } of writes) Object.assign(handedOut.get(userId) ?? {}, record)
          return store.save(writes)
        },
      }
    },
  ),

  broken('takes 256 users in a call', 'records: 300 users are saved in one call and loaded in one', (store) => ({
    load: (userIds) => store.load(userIds.slice(0, 256)),
  })),

  broken('keeps a forgotten record', 'records: a forgotten user loads as null', (store) => {
    const forgotten = new Map<string, UserRecord | null>()
    return {
      async save(writes) {
        const before = await store.load(writes.map(({ userId }) => userId))
        for (const [i, { userId, record }] of writes.entries())
          if (record === null) forgotten.set(userId, before[i] ?? null)
        return store.save(writes)
      },
      load: async (userIds) =>
        (await store.load(userIds)).map((record, i) => record ?? forgotten.get(userIds[i] as string) ?? null),
    }
  }),

  broken('leaves a tombstone', 'records: a forgotten user can be saved anew', (store) => {
    const forgotten = new Set<string>()
    return {
      async save(writes) {
        const revived = writes.some(({ userId }) => forgotten.has(userId))
        for (const { userId, record } of writes) if (record === null) forgotten.add(userId)
        return revived ? writes.map(() => ({ ok: false, reason: 'conflict', standing: null })) : store.save(writes)
      },
    }
  }),
]
