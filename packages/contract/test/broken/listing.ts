import type { Page, PresenceStore, UserRecord, Write } from '@rollcall/core'

/** Lists the same users otherwise. */
export function listing(
  store: PresenceStore,
  change: (page: Page<UserRecord>, query: Parameters<PresenceStore['list']>[0]) => Page<UserRecord>,
): Partial<PresenceStore> {
  return { list: async (query, cursor, limit) => change(await store.list(query, cursor, limit), query) }
}

/** The forgotten, as they were. */
export function remembering(store: PresenceStore) {
  const forgotten: UserRecord[] = []
  return {
    forgotten,
    save: async (writes: readonly Write[]) => {
      const before = await store.load(writes.map(({ userId }) => userId))
      for (const [i, { record }] of writes.entries()) if (record === null && before[i]) forgotten.push(before[i])
      return store.save(writes)
    },
  }
}
