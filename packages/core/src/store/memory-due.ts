import type { Page } from './contract.ts'
import type { Entry } from './memory-entry.ts'

/** Users by the time they want to be woken. Users who never wake take no room. */
export interface DueIndex {
  /** Moves the user to `wakeAt`, or takes it out; O(log n). */
  set(entry: Entry, wakeAt: number | null): void
  /** Users due at `now`, oldest first, of one instant by user id. Costs O(log limit) per user returned or skipped by the cursor. */
  page(now: number, cursor: string | null, limit: number): Page<string>
}

/** A binary heap that knows each entry's place, so that nothing outdated stays in it. */
export function createDueIndex(): DueIndex {
  // Times stand in an array of their own: unboxed, and compared without touching the entries.
  const times: number[] = []
  const entries: Entry[] = []

  const isBefore = (timeA: number, a: Entry, timeB: number, b: Entry) =>
    timeA !== timeB ? timeA < timeB : a.record.userId < b.record.userId
  const put = (position: number, time: number, entry: Entry) => {
    times[position] = time
    entries[position] = entry
    entry.duePosition = position
  }
  const place = (start: number, time: number, entry: Entry) => {
    let position = start
    while (position > 0) {
      const parent = (position - 1) >> 1
      if (!isBefore(time, entry, times[parent] as number, entries[parent] as Entry)) break
      put(position, times[parent] as number, entries[parent] as Entry)
      position = parent
    }
    for (;;) {
      let child = 2 * position + 1
      if (child >= times.length) break
      if (child + 1 < times.length && isBeforeAt(child + 1, child)) child++
      if (!isBefore(times[child] as number, entries[child] as Entry, time, entry)) break
      put(position, times[child] as number, entries[child] as Entry)
      position = child
    }
    put(position, time, entry)
  }
  const isBeforeAt = (a: number, b: number) =>
    isBefore(times[a] as number, entries[a] as Entry, times[b] as number, entries[b] as Entry)
  const remove = (entry: Entry) => {
    const position = entry.duePosition
    entry.duePosition = -1
    const time = times.pop() as number
    const last = entries.pop() as Entry
    if (last !== entry) place(position, time, last)
  }

  return {
    set(entry, wakeAt) {
      if (wakeAt === null) {
        if (entry.duePosition >= 0) remove(entry)
      } else if (entry.duePosition < 0) {
        times.push(wakeAt)
        entries.push(entry)
        place(times.length - 1, wakeAt, entry)
      } else {
        place(entry.duePosition, wakeAt, entry)
      }
    },
    page(now, cursor, limit) {
      const after = cursor === null ? null : parseCursor(cursor)
      const items: string[] = []
      let next: string | null = null
      // The smallest of a heap without taking them out: a second, small heap of positions whose parents were visited.
      const frontier: number[] = []
      const push = (position: number) => {
        if (position < times.length && (times[position] as number) <= now) pushPosition(frontier, position, isBeforeAt)
      }
      push(0)
      while (frontier.length > 0) {
        const position = popPosition(frontier, isBeforeAt)
        push(2 * position + 1)
        push(2 * position + 2)
        const time = times[position] as number
        const { userId } = (entries[position] as Entry).record
        if (after !== null && (time < after.time || (time === after.time && userId <= after.userId))) continue
        if (items.length === limit) return { items, next }
        items.push(userId)
        next = `${time} ${userId}`
      }
      return { items, next: null }
    },
  }
}

function parseCursor(cursor: string): { time: number; userId: string } {
  const end = cursor.indexOf(' ')
  return { time: Number(cursor.slice(0, end)), userId: cursor.slice(end + 1) }
}

type IsBefore = (a: number, b: number) => boolean

function pushPosition(heap: number[], value: number, isBefore: IsBefore): void {
  let position = heap.length
  heap.push(value)
  while (position > 0) {
    const parent = (position - 1) >> 1
    if (!isBefore(value, heap[parent] as number)) break
    heap[position] = heap[parent] as number
    position = parent
  }
  heap[position] = value
}

function popPosition(heap: number[], isBefore: IsBefore): number {
  const top = heap[0] as number
  const value = heap.pop() as number
  if (heap.length === 0) return top
  let position = 0
  for (;;) {
    let child = 2 * position + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as number, heap[child] as number)) child++
    if (!isBefore(heap[child] as number, value)) break
    heap[position] = heap[child] as number
    position = child
  }
  heap[position] = value
  return top
}
