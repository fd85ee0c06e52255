import { isPresent, STATUSES, type Standing, type Status } from '../machine/index.ts'
import type { Page, StoreQuery } from './contract.ts'
import type { Footing } from './memory-manner.ts'
import {
  addMember,
  createMembers,
  type Members,
  noteArrival,
  noteDeparture,
  type OwnMembers,
  pageOfMembers,
  removeMember,
} from './memory-members.ts'
import type { Shelf } from './memory-shelf.ts'

/** Users by space and status, as others and as admins see them, and by node. */
export interface StandingIndex {
  /** The user moves from where `before` says to where `after` says; the shelf says `after` already. `null`: nowhere. */
  move(userId: string, before: Footing | null, after: Footing | null): void
  list(query: StoreQuery, cursor: string | null, limit: number): Page<string>
  /** O(1). */
  count(query: StoreQuery): number
  /** Nobody asks for the users of a node unless it died or lost something: all users are looked through. */
  usersOf(nodeId: string, cursor: string | null, limit: number): Page<string>
}

/** Who stands in one space for anyone at all, and how many by status: first as others see it, then as admins do. */
interface Place<M extends Members = Members> {
  readonly members: M
  readonly counts: number[]
}

const ADMINS = STATUSES.length
const POSITION = Object.fromEntries(STATUSES.map((status, position) => [status, position])) as Record<Status, number>
const NOWHERE: readonly string[] = []

export function createStandingIndex(shelf: Pick<Shelf, 'rows' | 'footingAt'>): StandingIndex {
  const everywhere = createPlace<Members>({ all: shelf.rows, order: null })
  const spaces = new Map<string, Place<OwnMembers>>()

  const count = (standing: Standing, viewers: number, change: 1 | -1) => {
    const position = viewers + POSITION[standing.status]
    ;(everywhere.counts[position] as number) += change
    for (const space of standing.spaces) {
      const counts = spaces.get(space)?.counts
      if (counts !== undefined) (counts[position] as number) += change
    }
  }
  const enter = (userId: string, space: string) => {
    const place = spaces.get(space) ?? createPlace(createMembers())
    if (place.members.all.size === 0) spaces.set(space, place)
    addMember(place.members, userId)
  }
  const exit = (userId: string, space: string) => {
    const place = spaces.get(space) as Place<OwnMembers>
    removeMember(place.members, userId)
    if (place.members.all.size === 0) spaces.delete(space)
  }

  return {
    move(userId, before, after) {
      const from = before === null ? NOWHERE : spacesOf(before)
      const to = after === null ? NOWHERE : spacesOf(after)
      if (before === null) noteArrival(everywhere.members, userId)
      for (const space of to) if (!from.includes(space)) enter(userId, space)
      if (before !== null) {
        count(before.shown, 0, -1)
        count(before.real, ADMINS, -1)
      }
      if (after !== null) {
        count(after.shown, 0, 1)
        count(after.real, ADMINS, 1)
      }
      for (const space of from) if (!to.includes(space)) exit(userId, space)
      if (after === null) noteDeparture(everywhere.members)
    },
    list(query, cursor, limit) {
      const { space, status, as } = query
      const place = space === undefined ? everywhere : spaces.get(space)
      if (place === undefined || countOf(place, query) === 0) return { items: [], next: null }
      const accepts = (userId: string) => {
        const { shown, real } = shelf.footingAt(shelf.rows.get(userId) as number)
        const standing = as === 'others' ? shown : real
        if (status === undefined ? !isPresent(standing.status) : standing.status !== status) return false
        return space === undefined || standing.spaces.includes(space)
      }
      return pageOfMembers(place.members, accepts, cursor, limit)
    },
    count(query) {
      const place = query.space === undefined ? everywhere : spaces.get(query.space)
      return place === undefined ? 0 : countOf(place, query)
    },
    usersOf(nodeId, cursor, limit) {
      const isHeldThere = (userId: string) => shelf.footingAt(shelf.rows.get(userId) as number).nodes.includes(nodeId)
      return pageOfMembers(everywhere.members, isHeldThere, cursor, limit)
    },
  }
}

function createPlace<M extends Members>(members: M): Place<M> {
  return { members, counts: new Array<number>(2 * STATUSES.length).fill(0) }
}

function countOf({ counts }: Place, { as, status }: StoreQuery): number {
  const viewers = as === 'others' ? 0 : ADMINS
  if (status !== undefined) return counts[viewers + POSITION[status]] as number
  let present = 0
  for (const each of STATUSES) if (isPresent(each)) present += counts[viewers + POSITION[each]] as number
  return present
}

/** All spaces that anybody sees the user in. */
function spacesOf({ shown, real }: Footing): readonly string[] {
  if (shown === real || shown.spaces.length === 0 || shown.spaces === real.spaces) return real.spaces
  return real.spaces.length === 0 ? shown.spaces : [...new Set([...shown.spaces, ...real.spaces])]
}
