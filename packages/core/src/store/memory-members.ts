import type { Page } from './contract.ts'
import { byUserId, type Entry } from './memory-entry.ts'

/**
 * A set of users that can be read in the order of their ids. Changing it is O(1); the order is made when somebody
 * reads it, kept up to date from then on, and dropped when it has changed much without being read.
 */
export interface Members {
  readonly all: Set<Entry>
  order: Order | null
}

interface Order {
  /** Ordered; may still hold entries that have left. */
  sorted: Entry[]
  /** Entries that came since, in order of arrival until the next reading. */
  added: Entry[]
  addedInOrder: boolean
  removed: number
}

/** Changes up to which readers go through `sorted` and `added` side by side instead of merging them. */
const MERGE_AT = 1024

export function createMembers(): Members {
  return { all: new Set(), order: null }
}

/** The entry must not be a member. */
export function addMember(members: Members, entry: Entry): void {
  members.all.add(entry)
  const { order } = members
  if (order === null) return
  order.added.push(entry)
  order.addedInOrder = false
  dropIfWorn(members, order)
}

/** The entry must be a member. */
export function removeMember(members: Members, entry: Entry): void {
  members.all.delete(entry)
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
  accepts: (entry: Entry) => boolean,
  cursor: string | null,
  limit: number,
): Page<Entry> {
  const { sorted, added } = orderOf(members)
  const items: Entry[] = []
  let i = cursor === null ? 0 : firstAfter(sorted, cursor)
  let j = cursor === null ? 0 : firstAfter(added, cursor)
  let last: Entry | null = null
  while (i < sorted.length || j < added.length) {
    const left = sorted[i]
    const right = added[j]
    const takesLeft = right === undefined || (left !== undefined && byUserId(left, right) <= 0)
    const entry = (takesLeft ? left : right) as Entry
    if (takesLeft) i++
    else j++
    // Who left and came back stands in both lists, or twice in one.
    if (entry === last || !members.all.has(entry) || !accepts(entry)) continue
    last = entry
    if (items.length === limit) return { items, next: (items[limit - 1] as Entry).record.userId }
    items.push(entry)
  }
  return { items, next: null }
}

function orderOf(members: Members): Order {
  const { order } = members
  if (order === null) {
    const fresh = { sorted: Array.from(members.all).sort(byUserId), added: [], addedInOrder: true, removed: 0 }
    members.order = fresh
    return fresh
  }
  if (!order.addedInOrder) {
    order.added.sort(byUserId)
    order.addedInOrder = true
  }
  if (order.added.length + order.removed > MERGE_AT) merge(members, order)
  return order
}

function merge(members: Members, order: Order): void {
  const { sorted, added } = order
  const merged: Entry[] = []
  let i = 0
  let j = 0
  while (i < sorted.length || j < added.length) {
    const left = sorted[i]
    const right = added[j]
    const takesLeft = right === undefined || (left !== undefined && byUserId(left, right) <= 0)
    const entry = (takesLeft ? left : right) as Entry
    if (takesLeft) i++
    else j++
    if (entry !== merged[merged.length - 1] && members.all.has(entry)) merged.push(entry)
  }
  order.sorted = merged
  order.added = []
  order.removed = 0
}

function firstAfter(entries: readonly Entry[], userId: string): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as Entry).record.userId > userId) high = middle
    else low = middle + 1
  }
  return low
}
