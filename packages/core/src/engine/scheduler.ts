import { type Clock, MAX_DELAY_MS, type TimerHandle } from '../time/clock.ts'

/**
 * All deadlines of one engine behind a single timer. A deadline belongs to a small integer id that its owner chooses
 * and reuses; moving one to a later time is one array write, for the heap is put right only when the old time comes by.
 */
export interface Scheduler {
  /** Sets the deadline of `id`. One beyond the horizon of 24 days calls early: its owner arms it again. */
  arm(id: number, at: number): void
  /** Like `arm`, but keeps an earlier deadline. */
  armBy(id: number, at: number): void
  disarm(id: number): void
  /** Armed deadlines. */
  readonly size: number
  /** Disarms all. */
  dispose(): void
}

/** Deadlines handled before other work gets its turn; keeps the longest pause under a millisecond. */
const SLICE = 256
const NOWHERE = -1
/** Largest deadline, in ms after `base`; `base` moves up once half of the range is behind it. */
const HORIZON = 2 ** 32 - 1
const FIRST_CAPACITY = 64
const GROWTH = 1.25

/**
 * @param now The time that deadlines are compared with; `clock` only wakes the scheduler up.
 * @param onDue Called once for a deadline that passed, disarmed; it may arm any id again.
 */
export function createScheduler(clock: Clock, now: () => number, onDue: (id: number) => void): Scheduler {
  let capacity = FIRST_CAPACITY
  // 16 bytes per deadline: the id at each place of the heap, the place of each id, the time the heap knows, the true time.
  let heap = new Int32Array(capacity)
  let place = new Int32Array(capacity).fill(NOWHERE)
  let key = new Uint32Array(capacity)
  let due = new Uint32Array(capacity)
  let size = 0
  let base = now()
  let timer: TimerHandle | null = null
  let timerKey = Number.POSITIVE_INFINITY
  let ticking = false

  const grow = (id: number) => {
    const next = Math.max(id + 1, Math.ceil(capacity * GROWTH))
    const resize = <T extends Int32Array | Uint32Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    heap = resize(heap, new Int32Array(next))
    place = resize(place, new Int32Array(next).fill(NOWHERE))
    key = resize(key, new Uint32Array(next))
    due = resize(due, new Uint32Array(next))
    capacity = next
  }
  const put = (id: number, at: number) => {
    heap[at] = id
    place[id] = at
  }
  const up = (id: number, from: number) => {
    let at = from
    const mine = key[id] as number
    while (at > 0) {
      const parent = (at - 1) >> 1
      const other = heap[parent] as number
      if ((key[other] as number) <= mine) break
      put(other, at)
      at = parent
    }
    put(id, at)
  }
  const down = (id: number, from: number) => {
    let at = from
    const mine = key[id] as number
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && (key[heap[child + 1] as number] as number) < (key[heap[child] as number] as number)) child++
      const other = heap[child] as number
      if ((key[other] as number) >= mine) break
      put(other, at)
      at = child
    }
    put(id, at)
  }
  const removeAt = (at: number) => {
    place[heap[at] as number] = NOWHERE
    const last = heap[--size] as number
    if (at === size) return
    if (at > 0 && (key[heap[(at - 1) >> 1] as number] as number) > (key[last] as number)) up(last, at)
    else down(last, at)
  }
  const rebase = () => {
    const shift = Math.floor(now()) - base
    if (shift < HORIZON / 2) return
    base += shift
    for (let at = 0; at < size; at++) {
      const id = heap[at] as number
      key[id] = Math.max(0, (key[id] as number) - shift)
      due[id] = Math.max(0, (due[id] as number) - shift)
    }
  }
  const wake = () => {
    if (size === 0 || ticking) return
    const first = key[heap[0] as number] as number
    if (first >= timerKey) return
    if (timer !== null) clock.clearTimer(timer)
    timerKey = first
    timer = clock.setTimer(tick, Math.min(Math.max(0, first + base - now()), MAX_DELAY_MS))
  }
  const tick = () => {
    timer = null
    timerKey = Number.POSITIVE_INFINITY
    ticking = true
    rebase()
    const until = now() - base
    for (let handled = 0; handled < SLICE && size > 0; handled++) {
      const id = heap[0] as number
      if ((key[id] as number) > until) break
      const at = due[id] as number
      if (at > until) {
        key[id] = at
        down(id, 0)
        continue
      }
      removeAt(0)
      onDue(id)
    }
    ticking = false
    wake()
  }
  const scheduler: Scheduler = {
    arm(id, at) {
      if (id >= capacity) grow(id)
      const next = Math.min(Math.max(Math.ceil(at - base), 0), HORIZON)
      due[id] = next
      const where = place[id] as number
      // Later than the heap knows: nothing to move until the old time comes by.
      if (where !== NOWHERE && next >= (key[id] as number)) return
      key[id] = next
      up(id, where === NOWHERE ? size++ : where)
      if (place[id] === 0) wake()
    },
    armBy(id, at) {
      const where = place[id]
      if (where === undefined || where === NOWHERE || (due[id] as number) > at - base) scheduler.arm(id, at)
    },
    disarm(id) {
      const where = place[id]
      if (where !== undefined && where !== NOWHERE) removeAt(where)
    },
    get size() {
      return size
    },
    dispose() {
      if (timer !== null) clock.clearTimer(timer)
      timer = null
      timerKey = Number.POSITIVE_INFINITY
      size = 0
      place.fill(NOWHERE)
    },
  }
  return scheduler
}
