import type { Page } from './contract.ts'
import type { Shelf } from './memory-shelf.ts'

/** Users by the time they want to be woken. Users who never wake take no room. */
export interface DueIndex {
  /** Moves the user to `wakeAt`, or takes it out; O(log n). */
  set(row: number, wakeAt: number | null): void
  /** Users due at `now`, oldest first, of one instant by user id. Costs O(log limit) per user returned or skipped by the cursor. */
  page(now: number, cursor: string | null, limit: number): Page<string>
}

/** A binary heap that knows each user's place, so that nothing outdated stays in it. */
export function createDueIndex(shelf: Pick<Shelf, 'userIdAt' | 'duePositionAt' | 'setDuePosition'>): DueIndex {
  // Times stand in an array of their own: unboxed, and compared without touching the users.
  const times: number[] = []
  const rows: number[] = []

  const isBefore = (timeA: number, a: number, timeB: number, b: number) =>
    timeA !== timeB ? timeA < timeB : shelf.userIdAt(a) < shelf.userIdAt(b)
  const put = (position: number, time: number, row: number) => {
    times[position] = time
    rows[position] = row
    shelf.setDuePosition(row, position)
  }
  const place = (start: number, time: number, row: number) => {
    let position = start
    while (position > 0) {
      const parent = (position - 1) >> 1
      if (!isBefore(time, row, times[parent] as number, rows[parent] as number)) break
      put(position, times[parent] as number, rows[parent] as number)
      position = parent
    }
    for (;;) {
      let child = 2 * position + 1
      if (child >= times.length) break
      if (child + 1 < times.length && isBeforeAt(child + 1, child)) child++
      if (!isBefore(times[child] as number, rows[child] as number, time, row)) break
      put(position, times[child] as number, rows[child] as number)
      position = child
    }
    put(position, time, row)
  }
  const isBeforeAt = (a: number, b: number) =>
    isBefore(times[a] as number, rows[a] as number, times[b] as number, rows[b] as number)
  const remove = (row: number) => {
    const position = shelf.duePositionAt(row)
    shelf.setDuePosition(row, -1)
    const time = times.pop() as number
    const last = rows.pop() as number
    if (last !== row) place(position, time, last)
  }

  return {
    set(row, wakeAt) {
      const position = shelf.duePositionAt(row)
      if (wakeAt === null) {
        if (position >= 0) remove(row)
      } else if (position < 0) {
        times.push(wakeAt)
        rows.push(row)
        place(times.length - 1, wakeAt, row)
      } else if (times[position] !== wakeAt) {
        place(position, wakeAt, row)
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
        const userId = shelf.userIdAt(rows[position] as number)
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
