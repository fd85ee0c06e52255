import type { UserRecord } from '@rollcall/core'
import { broken } from './broken-store.ts'
import { byOffset } from './due.ts'
import { listing, remembering } from './listing.ts'

const ALL = 10_000

export const brokenPages = [
  broken(
    'pages by number while users come and go',
    'paging under change: who stays is listed exactly once while others enter and leave',
    (store) => ({
      list: (query, cursor, limit) => byOffset(store.list(query, null, ALL), cursor, limit),
    }),
  ),

  broken(
    'orders by when it saved',
    'paging under change: who is saved again during paging is listed exactly once',
    (store) => {
      const order = new Map<string, number>()
      let clock = 0
      return {
        async save(writes) {
          for (const { userId } of [...writes].reverse()) order.set(userId, ++clock)
          return store.save(writes)
        },
        async list(query, cursor, limit) {
          const { items } = await store.list(query, null, ALL)
          const place = ({ userId }: UserRecord) => order.get(userId) ?? 0
          const rest = items.filter((record) => place(record) > Number(cursor ?? 0)).sort((a, b) => place(a) - place(b))
          const page = rest.slice(0, limit)
          return { items: page, next: rest.length > limit ? `${place(page.at(-1) as UserRecord)}` : null }
        },
      }
    },
  ),

  broken(
    'pages status by status',
    'paging under change: who changes status within the query during paging is listed exactly once',
    (store) => ({
      async list(query, cursor, limit) {
        const place = ({ status, userId }: UserRecord) => `${status} ${userId}`
        const { items } = await store.list(query, null, ALL)
        const rest = items
          .filter((record) => place(record) > (cursor ?? ''))
          .sort((a, b) => (place(a) < place(b) ? -1 : 1))
        const page = rest.slice(0, limit)
        return { items: page, next: rest.length > limit ? place(page.at(-1) as UserRecord) : null }
      },
    }),
  ),

  broken(
    'looks for the user of the cursor',
    'paging under change: a cursor stays good when the user it stands at is forgotten',
    (store) => ({
      async list(query, cursor, limit) {
        const { items } = await store.list(query, null, ALL)
        const from = items.findIndex(({ userId }) => userId === cursor) + 1
        const page = cursor !== null && from === 0 ? [] : items.slice(from, from + limit)
        return { items: page, next: from + limit < items.length ? (page.at(-1)?.userId ?? null) : null }
      },
    }),
  ),

  broken(
    'lists a user once for each time they came',
    'paging under change: who left and came back is listed once',
    (store) => {
      const { forgotten, save } = remembering(store)
      const again = (record: UserRecord) =>
        forgotten.some(({ userId }) => userId === record.userId) ? [record, record] : [record]
      return { save, ...listing(store, ({ items, next }) => ({ items: items.flatMap(again), next })) }
    },
  ),

  broken(
    'pages the users of a node by number',
    'paging under change: the users of a node are met exactly once while each page of them is taken off the node',
    (store) => ({ usersOf: (nodeId, cursor, limit) => byOffset(store.usersOf(nodeId, null, ALL), cursor, limit) }),
  ),
]
