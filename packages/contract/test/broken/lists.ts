import type { IndexEntries, PresenceStore, UserRecord, Write } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { byOffset } from './due.ts'
import { listing, remembering } from './listing.ts'

const ALL = 10_000

/** Saves with other index entries. */
function indexing(
  store: PresenceStore,
  change: (index: IndexEntries, write: Write) => IndexEntries,
): Partial<PresenceStore> {
  return {
    save: (writes) =>
      store.save(writes.map((write) => (write.index ? { ...write, index: change(write.index, write) } : write))),
  }
}

export const brokenLists = [
  broken('lists somebody in an empty space', 'lists: a space that nobody stands in is an empty page', (store) =>
    listing(store, ({ items, next }) => ({ items, next: items.length === 0 ? '' : next })),
  ),

  broken(
    'lists who is offline among the present',
    'lists: without a space the present users of all spaces and of none are listed',
    (store) => ({
      async list(query, cursor, limit) {
        if (query.space !== undefined || query.status !== undefined) return store.list(query, cursor, limit)
        const present = await store.list(query, null, ALL)
        const offline = await store.list({ ...query, status: 'offline' }, null, ALL)
        const all = [...present.items, ...offline.items].sort((a, b) => (a.userId < b.userId ? -1 : 1))
        return byOffset(Promise.resolve({ items: all, next: null }), cursor, limit)
      },
    }),
  ),

  broken(
    'lists ids without their records',
    'lists: the present users of a space are listed with their records',
    (store) =>
      listing(store, ({ items, next }) => ({ items: items.map((record) => ({ ...record, connections: [] })), next })),
  ),

  ...(['online', 'away', 'busy', 'dnd'] as const).map((status) =>
    broken(`does not know ${status}`, `lists: the filter ${status} lists that one status`, (store) => ({
      list: (query, cursor, limit) =>
        query.status === status ? Promise.resolve({ items: [], next: null }) : store.list(query, cursor, limit),
    })),
  ),

  broken(
    'knows no filter for offline',
    'lists: the filter offline lists who is offline, and stands in no space',
    (store) => ({
      list: ({ status, ...query }, cursor, limit) =>
        store.list(status === undefined || status === 'offline' ? query : { ...query, status }, cursor, limit),
    }),
  ),

  broken(
    'lists who is invisible as they are',
    'lists: others do not find who is invisible in a space or among the present',
    (store) => indexing(store, (index) => ({ ...index, shown: index.real })),
  ),

  broken('hides who is invisible altogether', 'lists: others find who is invisible among the offline', (store) => ({
    async list(query, cursor, limit) {
      const page = await store.list(query, cursor, limit)
      if (query.as === 'admin') return page
      return {
        ...page,
        items: page.items.filter(({ shown, status }) => shown?.status !== 'offline' || status === 'offline'),
      }
    },
  })),

  broken('shows admins what others see', 'lists: admins find who is invisible as they are', (store) => ({
    list: (query, cursor, limit) => store.list({ ...query, as: 'others' }, cursor, limit),
  })),

  broken(
    'has one list of spaces for all',
    'lists: others and admins may see one user with different statuses in different spaces',
    (store) =>
      indexing(store, (index) => ({
        ...index,
        shown: index.shown.spaces.length > 0 ? { ...index.shown, spaces: index.real.spaces } : index.shown,
      })),
  ),

  broken(
    'never hides who was visible',
    'lists: who turns invisible leaves the lists of others, and who ends it returns',
    (store) => {
      const visible = new Map<string, IndexEntries['shown']>()
      return indexing(store, (index, { userId }) => {
        if (index.shown.status !== 'offline') visible.set(userId, index.shown)
        return { ...index, shown: visible.get(userId) ?? index.shown }
      })
    },
  ),

  broken('indexes the first ten spaces', 'lists: a user in many spaces is listed in each', (store) =>
    indexing(store, (index) => {
      const real = { ...index.real, spaces: index.real.spaces.slice(0, 10) }
      return { ...index, real, shown: index.shown === index.real ? real : index.shown }
    }),
  ),

  broken(
    'keeps users in the spaces they left',
    'lists: a user moves between spaces and statuses with each save',
    (store) => {
      const been = new Map<string, Set<string>>()
      return indexing(store, (index, { userId }) => {
        const spaces = been.get(userId) ?? new Set<string>()
        been.set(userId, spaces)
        for (const space of index.real.spaces) spaces.add(space)
        const real = { ...index.real, spaces: index.real.status === 'offline' ? [] : [...spaces] }
        return { ...index, real, shown: index.shown === index.real ? real : index.shown }
      })
    },
  ),

  broken('keeps who goes offline', 'lists: who goes offline leaves every list of present users', (store) => {
    const last = new Map<string, IndexEntries>()
    return indexing(store, (index, { userId }) => {
      if (index.real.status !== 'offline') last.set(userId, index)
      return last.get(userId) ?? index
    })
  }),

  broken('keeps the forgotten in its lists', 'lists: a forgotten user is in no list', (store) => {
    const { forgotten, save } = remembering(store)
    return { save, ...listing(store, ({ items, next }) => ({ items: [...items, ...forgotten], next })) }
  }),

  broken('lists the first record of each user', 'lists: lists give the record as last saved', (store) => {
    const first = new Map<string, UserRecord>()
    return {
      async save(writes) {
        for (const { userId, record } of writes) if (record && !first.has(userId)) first.set(userId, record)
        return store.save(writes)
      },
      ...listing(store, ({ items, next }) => ({
        items: items.map((record) => first.get(record.userId) ?? record),
        next,
      })),
    }
  }),

  broken('orders by locale', 'lists: lists are ordered by user id, by its bytes and by no locale', (store) => ({
    async list(query, cursor, limit) {
      const { items } = await store.list(query, null, ALL)
      const sorted = [...items].sort((a, b) => a.userId.localeCompare(b.userId))
      return byOffset(Promise.resolve({ items: sorted, next: null }), cursor, limit)
    },
  })),

  broken(
    'ignores the limit of a list',
    'lists: a page holds at most as many as asked for, and the last one no cursor',
    (store) => ({
      list: (query, cursor) => store.list(query, cursor, ALL),
    }),
  ),

  broken('filters the page that it read', 'lists: a filter pages through many who do not match', (store) => ({
    async list({ status, ...query }, cursor, limit) {
      if (query.space === undefined || status === undefined)
        return store.list(status ? { ...query, status } : query, cursor, limit)
      const { items } = await store.list(query, cursor, limit)
      return { items: items.filter((record) => record.status === status), next: null }
    },
  })),
]
