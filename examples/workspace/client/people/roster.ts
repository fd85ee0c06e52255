import type { PresenceStatus, UserPresence } from '@rollcall/client'
import { usePresenceSelector } from '@rollcall/react'
import { useCallback } from 'react'
import type { Person } from '../../shared/directory.ts'
import { useWorkspace } from '../workspace-context.ts'

export type Order = 'here' | 'name' | 'seen'
export type StatusFilter = PresenceStatus | 'all'

export interface Roster {
  /** Ids of who is here, or of everyone in an order that does not divide them. */
  readonly here: readonly string[]
  readonly away: readonly string[]
  readonly counts: Readonly<Partial<Record<PresenceStatus, number>>> & { readonly present: number }
}

const sameRoster = (a: Roster, b: Roster) => JSON.stringify(a) === JSON.stringify(b)

const matches = ({ name, role, team, city }: Person, words: string) =>
  `${name} ${role} ${team} ${city}`.toLocaleLowerCase().includes(words)

/** Newest first; who was never seen comes last. */
const latest = (a: UserPresence, b: UserPresence) => (b.statusSince ?? 0) - (a.statusSince ?? 0)

/** Who is listed where. Renders only when that changes, not with every change of a status. */
export function useRoster(search: string, status: StatusFilter, order: Order): Roster {
  const { directory } = useWorkspace()
  const words = search.trim().toLocaleLowerCase()
  const { people } = directory
  const select = useCallback<Parameters<typeof usePresenceSelector<Roster>>[0]>(
    (read, client) => {
      const counts: Partial<Record<PresenceStatus, number>> = {}
      const users: UserPresence[] = []
      let present = 0
      for (const person of people) {
        const user = read(client.user(person.id))
        counts[user.status] = (counts[user.status] ?? 0) + 1
        if (user.isOnline) present += 1
        if ((status === 'all' || user.status === status) && matches(person, words)) users.push(user)
      }
      if (order === 'seen') users.sort(latest)
      const ids = (kept: readonly UserPresence[]) => kept.map(({ userId }) => userId)
      return order === 'here'
        ? {
            here: ids(users.filter(({ isOnline }) => isOnline)),
            away: ids(users.filter(({ isOnline }) => !isOnline)),
            counts: { ...counts, present },
          }
        : { here: ids(users), away: [], counts: { ...counts, present } }
    },
    [people, words, status, order],
  )
  return usePresenceSelector(select, sameRoster)
}
