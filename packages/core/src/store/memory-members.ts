import type { Page } from './contract.ts'

/**
 * A set of users that can be read in the order of their ids. Changing it is O(1); the order is made when somebody
 * reads it, kept up to date from then on, and dropped when it has changed much without being read.
 */
export interface Members {
  readonly all: UserIds
  order: Order | null
}

/** What sets and the keys of maps have in common. */
interface UserIds {
  readonly size: number
  has(userId: string): boolean
  keys(): Iterable<string>
}

/** Members that are listed nowhere else. */
export interface OwnMembers extends Members {
  readonly all: Set<string>
}

interface Order {
  /** Ordered; may still hold users who have left. */
  sorted: string[]
  /** Users who came since, in order of arrival until the next reading. */
  added: string[]
  addedInOrder: boolean
  removed: number
}

/** Changes up to which readers go through `sorted` and `added` side by side instead of merging them. */
const MERGE_AT = 1024

export function createMembers(): OwnMembers {
  return { all: new Set(), order: null }
}

/** The user must not be a member. */
export function addMember(members: OwnMembers, userId: string): void {
  members.all.add(userId)
  noteArrival(members, userId)
}

/** The user must be a member. */
export function removeMember(members: OwnMembers, userId: string): void {
  members.all.delete(userId)
  noteDeparture(members)
}

/** A user has come to those listed elsewhere. */
export function noteArrival(members: Members, userId: string): void {
  const { order } = members
  if (order === null) return
  order.added.push(userId)
  order.addedInOrder = false
  dropIfWorn(members, order)
}

/** A user has gone from those listed elsewhere. */
export function noteDeparture(members: Members): void {
  const { order } = members
  if (order === null) return
  order.removed++
  dropIfWorn(members, order)
}

function dropIfWorn(members: Members, { sorted, added, removed }: Order): void {
  if (added.length + removed > MERGE_AT + sorted.length / 2) members.order = null
}

/** One page of the members that `accepts`, ordered by user id; the cursor is the last id of the page before. */
export function pageOfMembers(
  members: Members,
  accepts: (userId: string) => boolean,
  cursor: string | null,
  limit: number,
): Page<string> {
  const { sorted, added } = orderOf(members)
  const items: string[] = []
  let i = cursor === null ? 0 : firstAfter(sorted, cursor)
  let j = cursor === null ? 0 : firstAfter(added, cursor)
  let last: string | null = null
  while (i < sorted.length || j < added.length) {
    const left = sorted[i]
    const right = added[j]
    const takesLeft = right === undefined || (left !== undefined && left <= right)
    const userId = (takesLeft ? left : right) as string
    if (takesLeft) i++
    else j++
    // Who left and came back stands in both lists, or twice in one.
    if (userId === last || !members.all.has(userId) || !accepts(userId)) continue
    last = userId
    if (items.length === limit) return { items, next: items[limit - 1] as string }
    items.push(userId)
  }
  return { items, next: null }
}

function orderOf(members: Members): Order {
  const { order } = members
  if (order === null) {
    const fresh = { sorted: Array.from(members.all.keys()).sort(), added: [], addedInOrder: true, removed: 0 }
    members.order = fresh
    return fresh
  }
  if (!order.addedInOrder) {
    order.added.sort()
    order.addedInOrder = true
  }
  if (order.added.length + order.removed > MERGE_AT) merge(members, order)
  return order
}

function merge(members: Members, order: Order): void {
  const { sorted, added } = order
  const merged: string[] = []
  let i = 0
  let j = 0
  while (i < sorted.length || j < added.length) {
    const left = sorted[i]
    const right = added[j]
    const takesLeft = right === undefined || (left !== undefined && left <= right)
    const userId = (takesLeft ? left : right) as string
    if (takesLeft) i++
    else j++
    if (userId !== merged[merged.length - 1] && members.all.has(userId)) merged.push(userId)
  }
  order.sorted = merged
  order.added = []
  order.removed = 0
}

function firstAfter(userIds: readonly string[], userId: string): number {
  let low = 0
  let high = userIds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((userIds[middle] as string) > userId) high = middle
    else low = middle + 1
  }
  return low
}
