import type { Topic } from '@rollcall/core/protocol'
import type { Hub } from '../hub.ts'
import type { Readable } from '../readable.ts'
import type { Roster } from './roster.ts'
import type { Topics } from './topics.ts'
import type { Member, PresenceStatus, UserPresence } from './user-presence.ts'

/**
 * Which users. `space`: who stands there, in the order they came to be known; otherwise the named ones, in the order
 * given. Without `status` all of them. Queries that are written alike are one: they share a readable and a watch.
 */
export type UsersQuery =
  | { readonly space: string; readonly status?: PresenceStatus | readonly PresenceStatus[] }
  | { readonly userIds: readonly string[]; readonly status?: PresenceStatus | readonly PresenceStatus[] }

/** Lists of users. Changes show up to 50 ms later than in the users themselves, together. */
export interface Lists {
  ids(query: UsersQuery): Readable<readonly string[]>
  users(query: UsersQuery): Readable<readonly UserPresence[]>
  count(query: UsersQuery): Readable<number>
  members(space: string): Readable<readonly Member[]>
  /** Users changed, or who stands where. */
  touch(): void
}

export function createLists(hub: Hub, roster: Roster, topics: Topics): Lists {
  const live = new Set<string>()

  const readable = <T>(kind: string, query: UsersQuery, get: (ids: readonly string[]) => T): Readable<T> => {
    const key = kind + JSON.stringify(query)
    const watched: Topic[] =
      'space' in query ? [`space:${query.space}`] : query.userIds.map((id) => `user:${id}` as const)
    const statuses = [query.status ?? []].flat()
    const ids = () => {
      const all = 'space' in query ? [...(topics.get(`space:${query.space}`)?.users.keys() ?? [])] : query.userIds
      return statuses.length ? all.filter((id) => statuses.includes(roster.get(id).status)) : all
    }
    return hub.readable(
      key,
      () => get(ids()),
      () => {
        const releases = watched.map(topics.hold)
        live.add(key)
        return () => {
          live.delete(key)
          for (const release of releases) release()
        }
      },
    )
  }
  /** The same array as long as it would hold the same. */
  const list = <T>(kind: string, query: UsersQuery, make: (ids: readonly string[], before: readonly T[]) => T[]) => {
    let items: readonly T[] = []
    return readable(kind, query, (ids) => {
      const next = make(ids, items)
      if (next.length !== items.length || next.some((item, i) => item !== items[i])) items = Object.freeze(next)
      return items
    })
  }
  return {
    ids: (query) => list('i', query, (ids) => [...ids]),
    users: (query) => list('l', query, (ids) => ids.map(roster.get)),
    members: (space) =>
      list<Member>('m', { space }, (ids, before) => {
        const members = new Map(before.map((member) => [member.userId, member]))
        return ids.map((userId) => {
          const presence = roster.get(userId)
          const state = topics.get(`space:${space}`)?.users.get(userId) as Member['state']
          const member = members.get(userId)
          return member?.presence === presence && member.state === state
            ? member
            : Object.freeze({ userId, presence, state })
        })
      }),
    count: (query) =>
      readable('n', query, (ids) => {
        // A space too large to be listed.
        const counts = 'space' in query && topics.get(`space:${query.space}`)?.counts
        return counts
          ? [query.status ?? 'present'].flat().reduce((sum, status) => sum + (counts[status as 'online'] ?? 0), 0)
          : ids.length
      }),
    touch: () => live.forEach(hub.touch),
  }
}
