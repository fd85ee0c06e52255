import type { Page, StoreQuery, UserRecord } from '@rollcall/core'
import type { Collections } from './collections.ts'
import { placeOf } from './places.ts'

/** What the store is asked, page by page. */
export interface Queries {
  due(now: number, cursor: string | null, limit: number): Promise<Page<string>>
  list(query: StoreQuery, cursor: string | null, limit: number): Promise<Page<UserRecord>>
  count(query: StoreQuery): Promise<number>
  usersOf(nodeId: string, cursor: string | null, limit: number): Promise<Page<string>>
  isNamed(nodeId: string): Promise<boolean>
}

const BY_ID = { _id: 1 } as const
const ID_ONLY = { projection: { _id: 1 } } as const
const DUE = { projection: { wakeAt: 1 }, sort: { wakeAt: 1, _id: 1 } } as const

export function createQueries({ users }: Pick<Collections, 'users'>): Queries {
  return {
    async due(now, cursor, limit) {
      const [at, userId] = cursor === null ? [0, null] : parseCursor(cursor)
      const found =
        userId === null
          ? []
          : await users.find({ wakeAt: at, _id: { $gt: userId } }, { ...DUE, limit: limit + 1 }).toArray()
      if (found.length <= limit) {
        const range = userId === null ? { $gte: 0, $lte: now } : { $gt: at, $lte: now }
        found.push(...(await users.find({ wakeAt: range }, { ...DUE, limit: limit + 1 - found.length }).toArray()))
      }
      const items = found.slice(0, limit)
      const last = items.at(-1)
      const next = found.length > limit && last !== undefined ? `${last.wakeAt} ${last._id}` : null
      return { items: items.map(({ _id }) => _id), next }
    },
    async list(query, cursor, limit) {
      const found = await users
        .find(
          { places: placeOf(query), ...after(cursor) },
          { projection: { record: 1 }, sort: BY_ID, limit: limit + 1 },
        )
        .toArray()
      const { items, next } = pageOf(found, limit)
      return { items: items.map(({ record }) => JSON.parse(record as string) as UserRecord), next }
    },
    count: (query) => users.countDocuments({ places: placeOf(query) }),
    async usersOf(nodeId, cursor, limit) {
      const found = await users
        .find({ nodes: nodeId, ...after(cursor) }, { ...ID_ONLY, sort: BY_ID, limit: limit + 1 })
        .toArray()
      const { items, next } = pageOf(found, limit)
      return { items: items.map(({ _id }) => _id), next }
    },
    async isNamed(nodeId) {
      return (await users.findOne({ nodes: nodeId }, ID_ONLY)) !== null
    },
  }
}

function after(cursor: string | null): { readonly _id?: { readonly $gt: string } } {
  return cursor === null ? {} : { _id: { $gt: cursor } }
}

function pageOf<T extends { readonly _id: string }>(found: readonly T[], limit: number): Page<T> {
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? (items.at(-1)?._id ?? null) : null }
}

function parseCursor(cursor: string): [number, string] {
  const end = cursor.indexOf(' ')
  return [Number(cursor.slice(0, end)), cursor.slice(end + 1)]
}
