import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@rollcall/core'
import { startBusy } from './measure.ts'

/** How long one timer kept the event loop, in ms: its callback and all microtasks it left behind. */
export interface Slice {
  readonly ms: number
  /** The same with the pauses of the garbage collector that happened to fall into it. */
  readonly withCollectorMs: number
}

/**
 * A clock that goes from timer to timer, each in a turn of its own, and measures how long it keeps the event loop. Hours
 * of deadlines pass in seconds, yet each slice is as long as in life.
 */
export interface SteppedClock extends Clock {
  /** Lets `ms` pass, timer by timer. */
  run(ms: number): Promise<void>
  /** The clock jumps: everything due meanwhile is due at once, as after a suspend. */
  skip(ms: number): void
  /** The longest slice since the last call. */
  takeLongest(): Slice
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export function createSteppedClock(): SteppedClock {
  const origin = Date.UTC(2026, 0, 1)
  const timers = new Map<number, Timer>()
  const collector = new PerformanceObserver(() => {})
  collector.observe({ entryTypes: ['gc'] })
  let elapsed = 0
  let lastId = 0
  let longest: Slice = { ms: 0, withCollectorMs: 0 }

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
    collector.takeRecords()
    const start = performance.now()
    const busyMs = startBusy()
    timer.callback()
    // Resolves after every microtask that the callback left behind.
    await nextTurn()
    const busy = busyMs()
    const wall = performance.now() - start
    let collected = 0
    for (const { startTime, duration } of collector.takeRecords()) if (startTime >= start) collected += duration
    longest = {
      ms: Math.max(longest.ms, Math.max(0, Math.min(busy, wall - collected))),
      withCollectorMs: Math.max(longest.withCollectorMs, busy),
    }
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
    takeLongest() {
      const taken = longest
      longest = { ms: 0, withCollectorMs: 0 }
      return taken
    },
  }
}
