import { type IndexEntries, isPresent, STATUSES, type Standing, type Status } from '../machine/index.ts'
import type { Page, StoreQuery } from './contract.ts'
import type { Entry } from './memory-entry.ts'
import { addMember, createMembers, type Members, pageOfMembers, removeMember } from './memory-members.ts'

/** Users by space and status, as others and as admins see them. */
export interface StandingIndex {
  /** The entry moves from where `before` says to where `after` says; it already carries `after`. `null`: nowhere. */
  move(entry: Entry, before: IndexEntries | null, after: IndexEntries | null): void
  list(query: StoreQuery, cursor: string | null, limit: number): Page<Entry>
  /** O(1). */
  count(query: StoreQuery): number
}

/** Who stands in one space for anyone at all, and how many by status: first as others see it, then as admins do. */
interface Place {
  readonly members: Members
  readonly counts: number[]
}

const ADMINS = STATUSES.length
const POSITION = Object.fromEntries(STATUSES.map((status, position) => [status, position])) as Record<Status, number>
const NOWHERE: readonly string[] = []

export function createStandingIndex(): StandingIndex {
  const everywhere = createPlace()
  const spaces = new Map<string, Place>()

  const count = (standing: Standing, viewers: number, change: 1 | -1) => {
    const position = viewers + POSITION[standing.status]
    ;(everywhere.counts[position] as number) += change
    for (const space of standing.spaces) {
      const counts = spaces.get(space)?.counts
      if (counts !== undefined) (counts[position] as number) += change
    }
  }
  const enter = (entry: Entry, space: string) => {
    const place = spaces.get(space) ?? createPlace()
    if (place.members.all.size === 0) spaces.set(space, place)
    addMember(place.members, entry)
  }
  const exit = (entry: Entry, space: string) => {
    const place = spaces.get(space) as Place
    removeMember(place.members, entry)
    if (place.members.all.size === 0) spaces.delete(space)
  }

  return {
    move(entry, before, after) {
      if (before !== null && after !== null && isSame(before.shown, after.shown) && isSame(before.real, after.real))
        return
      const from = before === null ? NOWHERE : spacesOf(before)
      const to = after === null ? NOWHERE : spacesOf(after)
      if (before === null) addMember(everywhere.members, entry)
      for (const space of to) if (!from.includes(space)) enter(entry, space)
      if (before !== null) {
        count(before.shown, 0, -1)
        count(before.real, ADMINS, -1)
      }
      if (after !== null) {
        count(after.shown, 0, 1)
        count(after.real, ADMINS, 1)
      }
      for (const space of from) if (!to.includes(space)) exit(entry, space)
      if (after === null) removeMember(everywhere.members, entry)
    },
    list(query, cursor, limit) {
      const { space, status, as } = query
      const place = space === undefined ? everywhere : spaces.get(space)
      if (place === undefined || countOf(place, query) === 0) return { items: [], next: null }
      const accepts = ({ index }: Entry) => {
        const standing = as === 'others' ? index.shown : index.real
        if (status === undefined ? !isPresent(standing.status) : standing.status !== status) return false
        return space === undefined || standing.spaces.includes(space)
      }
      return pageOfMembers(place.members, accepts, cursor, limit)
    },
    count(query) {
      const place = query.space === undefined ? everywhere : spaces.get(query.space)
      return place === undefined ? 0 : countOf(place, query)
    },
  }
}

function createPlace(): Place {
  return { members: createMembers(), counts: new Array<number>(2 * STATUSES.length).fill(0) }
}

function countOf({ counts }: Place, { as, status }: StoreQuery): number {
  const viewers = as === 'others' ? 0 : ADMINS
  if (status !== undefined) return counts[viewers + POSITION[status]] as number
  let present = 0
  for (const each of STATUSES) if (isPresent(each)) present += counts[viewers + POSITION[each]] as number
  return present
}

/** All spaces that anybody sees the user in. */
function spacesOf({ shown, real }: IndexEntries): readonly string[] {
  if (shown === real || shown.spaces.length === 0 || shown.spaces === real.spaces) return real.spaces
  return real.spaces.length === 0 ? shown.spaces : [...new Set([...shown.spaces, ...real.spaces])]
}

function isSame(a: Standing, b: Standing): boolean {
  return a.status === b.status && isSameList(a.spaces, b.spaces)
}

/** Order counts: lists that differ in nothing else are moved for nothing, which does no harm. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
