import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@rollcall/core'
import { startBusy } from './measure.ts'

/**
 * A clock that goes from timer to timer, each in a turn of its own, and measures how long it keeps the event loop. Hours
 * of deadlines pass in seconds, yet each slice is as long as in life.
 */
export interface SteppedClock extends Clock {
  /** Lets `ms` pass, timer by timer. */
  run(ms: number): Promise<void>
  /** The clock jumps: everything due meanwhile is due at once, as after a suspend. */
  skip(ms: number): void
  /** How long each timer so far kept the event loop, in ms: its callback and all microtasks it left behind. */
  readonly slices: readonly number[]
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export function createSteppedClock(): SteppedClock {
  const origin = Date.UTC(2026, 0, 1)
  const timers = new Map<number, Timer>()
  let elapsed = 0
  let lastId = 0
  const slices: number[] = []

  // An engine has a handful of timers; if it had thousands, this scan would be slow and rightly so.
  const earliest = (until: number): number | null => {
    let found: number | null = null
    let at = until
    for (const [id, timer] of timers) {
      if (timer.at > at || (timer.at === at && found !== null)) continue
      found = id
      at = timer.at
    }
    return found
  }
  const slice = async (timer: Timer): Promise<void> => {
    await nextTurn()
    const busyMs = startBusy()
    timer.callback()
    // Resolves after every microtask that the callback left behind.
    await nextTurn()
    slices.push(busyMs())
  }
  return {
    now: () => origin + elapsed,
    monotonic: () => elapsed,
    setTimer(callback, delayMs) {
      timers.set(++lastId, { at: elapsed + Math.max(delayMs, 0), callback })
      return lastId
    },
    clearTimer(handle) {
      timers.delete(handle as number)
    },
    async run(ms) {
      const until = elapsed + ms
      for (let id = earliest(until); id !== null; id = earliest(until)) {
        const timer = timers.get(id) as Timer
        timers.delete(id)
        elapsed = Math.max(elapsed, timer.at)
        await slice(timer)
      }
      elapsed = until
    },
    skip(ms) {
      elapsed += ms
    },
    slices,
  }
}

/**
 * The longest slice of a life that was lived several times, in virtual time and therefore with the same slices: each
 * counts as in its shortest pass. What the collector, the compiler and others on the machine add is never the same twice.
 */
export function longestSlice(passes: readonly (readonly number[])[]): number {
  const [first, ...others] = passes
  if (first === undefined || others.some(({ length }) => length !== first.length)) {
    throw new Error(`passes of one life differ in their slices: ${passes.map(({ length }) => length).join(', ')}`)
  }
  return first.reduce(
    (longest, ms, i) => Math.max(longest, Math.min(ms, ...others.map((pass) => pass[i] as number))),
    0,
  )
}
