import { PresenceError } from '../errors.ts'
import { type Audience, viewOf } from '../machine/index.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Presence } from './presence.ts'

const DEFAULT_PAGE = 50
/** Largest page of `list`. */
const MAX_PAGE = 1000

/** The reading half of a {@link Presence}. No read advances a record: all of them say what was stored last. */
export function createReads(store: PresenceStore): Pick<Presence, 'get' | 'getMany' | 'list' | 'count' | 'counts'> {
  const getMany: Presence['getMany'] = async <A extends Audience = 'others'>(
    userIds: readonly string[],
    options?: { readonly as?: A },
  ) => {
    const audience = (options?.as ?? 'others') as A
    const records = await asking(store.load(userIds))
    return userIds.map((userId, i) => viewOf(records[i] ?? null, userId, audience))
  }
  return {
    async get<A extends Audience = 'others'>(userId: string, options?: { readonly as?: A }) {
      const [view] = await getMany([userId], options)
      return view as NonNullable<typeof view>
    },
    getMany,
    async list<A extends 'others' | 'admin' = 'others'>(query: Parameters<Presence['list']>[0] & { readonly as?: A }) {
      const { limit = DEFAULT_PAGE, cursor = null, as = 'others' as A, ...where } = query
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new PresenceError('limit-exceeded', `limit is ${limit}; give a whole number from 1 to ${MAX_PAGE}`, {
          limit,
          max: MAX_PAGE,
        })
      }
      const page = await asking(store.list({ ...where, as }, cursor, limit))
      return { users: page.items.map((record) => viewOf(record, record.userId, as)), next: page.next }
    },
    count: ({ as = 'others', ...where } = {}) => asking(store.count({ ...where, as })),
    async counts(space) {
      const statuses = ['online', 'away', 'busy', 'dnd'] as const
      const numbers = await asking(Promise.all(statuses.map((status) => store.count({ space, status, as: 'others' }))))
      const [online, away, busy, dnd] = numbers as [number, number, number, number]
      return { present: online + away + busy + dnd, online, away, busy, dnd }
    },
  }
}

async function asking<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw error instanceof PresenceError
      ? error
      : new PresenceError('unavailable', 'the store did not answer; try again', {}, error)
  }
}
