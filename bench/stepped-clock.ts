import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@rollcall/core'
import { startBusy } from './measure.ts'

/**
 * A clock that goes from timer to timer, each in a turn of its own, and measures how long it keeps the event loop: the
 * callback and all microtasks it leaves behind. Hours of deadlines pass in seconds, yet each slice is as long as in life.
 */
export interface SteppedClock extends Clock {
  /** Lets `ms` pass, timer by timer. */
  run(ms: number): Promise<void>
  /** The clock jumps: everything due meanwhile is due at once, as after a suspend. */
  skip(ms: number): void
  /** The longest slice since `forget`, in ms that this thread was busy: others on the machine do not count. */
  readonly longestMs: number
  readonly slices: number
  /** Forgets the slices so far. */
  forget(): void
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
  let longestMs = 0
  let slices = 0

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
    longestMs = Math.max(longestMs, busyMs())
    slices++
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
    get longestMs() {
      return longestMs
    },
    get slices() {
      return slices
    },
    forget() {
      longestMs = 0
      slices = 0
    },
  }
}
