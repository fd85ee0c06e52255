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
  size(): number
  /** Disarms all. */
  dispose(): void
}

/** Deadlines put right before other work gets its turn; keeps the longest pause under a millisecond. */
const SLICE = 256
/** One that passed counts for as many: its owner decides and saves in the same turn. */
const CALL = 8
/** Stands for the time the heap knows of an id that is not in it: later than any other, so that arming it is never put off. */
const UNARMED = 2 ** 32 - 1
/** Largest deadline, in ms after `base`; `base` moves up once half of the range is behind it. */
const HORIZON = UNARMED - 1
const FIRST_CAPACITY = 64
const GROWTH = 1.25

/**
 * @param now The time that deadlines are compared with; `clock` only wakes the scheduler up.
 * @param onDue Called once for a deadline that passed, disarmed; it may arm any id again.
 */
export function createScheduler(clock: Clock, now: () => number, onDue: (id: number) => void): Scheduler {
  let capacity = FIRST_CAPACITY
  // 16 bytes per deadline: the id at each place of the heap, the place of each id that is in it, and a pair of times. The
  // true time and the one the heap knows lie side by side: moving a deadline touches one line of the processor's cache.
  let heap = new Int32Array(capacity)
  let place = new Int32Array(capacity)
  let times = new Uint32Array(2 * capacity).fill(UNARMED)
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
    place = resize(place, new Int32Array(next))
    times = resize(times, new Uint32Array(2 * next).fill(UNARMED, 2 * capacity))
    capacity = next
  }
  /** The time the heap knows. */
  const keyOf = (id: number) => times[2 * id + 1] as number
  const isArmed = (id: number) => id < capacity && keyOf(id) !== UNARMED
  const put = (id: number, at: number) => {
    heap[at] = id
    place[id] = at
  }
  const up = (id: number, from: number) => {
    let at = from
    const mine = keyOf(id)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const other = heap[parent] as number
      if (keyOf(other) <= mine) break
      put(other, at)
      at = parent
    }
    put(id, at)
  }
  const down = (id: number, from: number) => {
    let at = from
    const mine = keyOf(id)
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && keyOf(heap[child + 1] as number) < keyOf(heap[child] as number)) child++
      const other = heap[child] as number
      if (keyOf(other) >= mine) break
      put(other, at)
      at = child
    }
    put(id, at)
  }
  const advance = (id: number, next: number) => {
    if (id >= capacity) grow(id)
    const from = keyOf(id) === UNARMED ? size++ : (place[id] as number)
    times[2 * id] = next
    times[2 * id + 1] = next
    up(id, from)
    if (place[id] === 0) wake()
  }
  const removeAt = (at: number) => {
    times[2 * (heap[at] as number) + 1] = UNARMED
    const last = heap[--size] as number
    if (at === size) return
    if (at > 0 && keyOf(heap[(at - 1) >> 1] as number) > keyOf(last)) up(last, at)
    else down(last, at)
  }
  const rebase = () => {
    const shift = Math.floor(now()) - base
    if (shift < HORIZON / 2) return
    base += shift
    for (let at = 0; at < size; at++) {
      const pair = 2 * (heap[at] as number)
      times[pair] = Math.max(0, (times[pair] as number) - shift)
      times[pair + 1] = Math.max(0, (times[pair + 1] as number) - shift)
    }
  }
  /** The time was set back, for it was only guessed before. */
  const lower = (at: number) => {
    const shift = base - Math.floor(at)
    base -= shift
    for (let place = 0; place < size; place++) {
      const pair = 2 * (heap[place] as number)
      times[pair] = Math.min(HORIZON, (times[pair] as number) + shift)
      times[pair + 1] = Math.min(HORIZON, (times[pair + 1] as number) + shift)
    }
    timerKey = Number.POSITIVE_INFINITY
  }
  const wake = () => {
    if (size === 0 || ticking) return
    const first = keyOf(heap[0] as number)
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
    for (let left = SLICE; left > 0 && size > 0; left--) {
      const id = heap[0] as number
      if (keyOf(id) > until) break
      const at = times[2 * id] as number
      if (at > until) {
        times[2 * id + 1] = at
        down(id, 0)
        continue
      }
      removeAt(0)
      left -= CALL - 1
      onDue(id)
    }
    ticking = false
    wake()
  }
  const scheduler: Scheduler = {
    arm(id, at) {
      if (at < base) lower(Math.min(at, now()))
      const next = Math.min(Math.max(Math.ceil(at - base), 0), HORIZON)
      // Later than the heap knows: nothing to move until the old time comes by.
      if (id < capacity && next >= keyOf(id)) times[2 * id] = next
      else advance(id, next)
    },
    armBy(id, at) {
      if (!isArmed(id) || (times[2 * id] as number) > at - base) scheduler.arm(id, at)
    },
    disarm(id) {
      if (isArmed(id)) removeAt(place[id] as number)
    },
    // A method: an object literal with a getter has slow properties in V8, and each call of `arm` would pay for that.
    size: () => size,
    dispose() {
      if (timer !== null) clock.clearTimer(timer)
      timer = null
      timerKey = Number.POSITIVE_INFINITY
      size = 0
      times.fill(UNARMED)
    },
  }
  return scheduler
}
