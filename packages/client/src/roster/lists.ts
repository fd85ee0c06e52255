import type { Topic } from '@rollcall/core/protocol'
import type { Hub } from '../hub.ts'
import type { Readable } from '../readable.ts'
import type { Roster } from './roster.ts'
import type { Member, PresenceStatus, UserPresence } from './user-presence.ts'
import type { WatchList } from './watch-list.ts'

/**
 * Which users. `space`: who stands there, in the order they came to be known; otherwise the named ones, in the order
 * given. Without `status` all of them. Two equal queries are one: they share a readable and a watch.
 */
export type UsersQuery =
  | { readonly space: string; readonly status?: PresenceStatus | readonly PresenceStatus[] }
  | { readonly userIds: readonly string[]; readonly status?: PresenceStatus | readonly PresenceStatus[] }

/** Lists of users that keep themselves up to date, at a cost that does not grow with them. */
export interface Lists {
  ids(query: UsersQuery): Readable<readonly string[]>
  users(query: UsersQuery): Readable<readonly UserPresence[]>
  count(query: UsersQuery): Readable<number>
  members(space: string): Readable<readonly Member[]>
  /** Something of this user changed: presence, or only the state in a space. */
  update(userId: string, onlyState?: boolean): void
  /** The counts of a topic changed. */
  recount(topic: string): void
}

/** What a list was last shown as. */
interface Shown<T> {
  value: readonly T[]
  isOld: boolean
}

interface List {
  readonly key: string
  readonly topics: readonly Topic[]
  /** Everybody who might be in it. */
  everybody(): readonly string[]
  /** Whether somebody is. */
  matches(userId: string): boolean
  readonly statuses: readonly PresenceStatus[] | null
  refs: number
  /** Who is in it; kept while somebody listens. */
  set: Set<string>
  readonly ids: Shown<string>
  readonly users: Shown<UserPresence>
  readonly members: Shown<Member>
}

export function createLists(hub: Hub, roster: Roster, watchList: WatchList): Lists {
  const lists = new Map<string, List>()
  const live = new Set<List>()

  const make = (key: string, query: UsersQuery): List => {
    const statuses = query.status === undefined ? null : [query.status].flat()
    const named = 'space' in query ? null : [...new Set(query.userIds)]
    const users = named && new Set(named)
    const space = 'space' in query ? (`space:${query.space}` as const) : null
    const there = () => users ?? watchList.get(space as string)?.users
    return {
      key,
      topics: space ? [space] : (named ?? []).map((userId) => `user:${userId}` as const),
      everybody: () => [...(there()?.keys() ?? [])],
      matches: (userId) => !!there()?.has(userId) && (!statuses || statuses.includes(roster.get(userId).status)),
      statuses,
      refs: 0,
      set: new Set(),
      ids: { value: [], isOld: true },
      users: { value: [], isOld: true },
      members: { value: [], isOld: true },
    }
  }
  const listOf = (query: UsersQuery) => {
    const key = JSON.stringify('space' in query ? [query.space, query.status] : [query.userIds, query.status])
    const list = lists.get(key) ?? make(key, query)
    lists.set(key, list)
    return list
  }
  /** The same array as long as it would hold the same. */
  const show = <T>(list: List, shown: Shown<T>, make: () => readonly T[]) => {
    if (!list.refs || shown.isOld) {
      const next = make()
      shown.isOld = false
      if (next.length !== shown.value.length || next.some((item, i) => item !== shown.value[i])) {
        shown.value = Object.freeze(next)
      }
    }
    return shown.value
  }
  const idsOf = (list: List) =>
    show(list, list.ids, () => list.everybody().filter((id) => (list.refs ? list.set.has(id) : list.matches(id))))
  const membersOf = (list: List, space: string) =>
    show(list, list.members, () => {
      const before = new Map(list.members.value.map((member) => [member.userId, member]))
      return idsOf(list).map((userId) => {
        const member = before.get(userId)
        const presence = roster.get(userId)
        const state = watchList.get(`space:${space}`)?.users.get(userId) ?? null
        return member?.presence === presence && member.state === state
          ? member
          : Object.freeze({ userId, presence, state })
      })
    })
  const countOf = (list: List) => {
    const watch = watchList.get(list.topics[0] ?? '')
    // A space too large to be listed.
    if (watch?.mode !== 'counts' || !watch.counts) return idsOf(list).length
    const counts = watch.counts
    return list.statuses
      ? list.statuses.reduce((sum, status) => sum + (counts[status as 'online'] ?? 0), 0)
      : counts.present
  }
  const hold = (list: List) => () => {
    if (!list.refs++) {
      live.add(list)
      list.set = new Set(list.everybody().filter(list.matches))
      list.ids.isOld = list.users.isOld = list.members.isOld = true
    }
    const releases = list.topics.map(watchList.hold)
    return () => {
      for (const release of releases) release()
      if (--list.refs) return
      live.delete(list)
      lists.delete(list.key)
    }
  }
  const readable = <T>(kind: string, list: List, get: () => T) => hub.readable(kind + list.key, get, hold(list))
  return {
    ids(query) {
      const list = listOf(query)
      return readable('i', list, () => idsOf(list))
    },
    users(query) {
      const list = listOf(query)
      return readable('l', list, () => show(list, list.users, () => idsOf(list).map(roster.get)))
    },
    count(query) {
      const list = listOf(query)
      return readable('n', list, () => countOf(list))
    },
    members(space) {
      const list = listOf({ space })
      return readable('m', list, () => membersOf(list, space))
    },
    update(userId, onlyState = false) {
      for (const list of live) {
        const was = list.set.has(userId)
        const is = list.matches(userId)
        if (was !== is) {
          if (is) list.set.add(userId)
          else list.set.delete(userId)
          list.ids.isOld = true
          hub.touch(`i${list.key}`)
          hub.touch(`n${list.key}`)
        } else if (!is) continue
        list.members.isOld = true
        hub.touch(`m${list.key}`)
        if (onlyState && was === is) continue
        list.users.isOld = true
        hub.touch(`l${list.key}`)
      }
    },
    recount(topic) {
      for (const { topics, key } of live) if (topics[0] === topic) hub.touch(`n${key}`)
    },
  }
}
