import { type Clock, MAX_DELAY_MS } from './clock.ts'

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** A clock that moves only when told to. */
export interface VirtualClock extends Clock {
  /**
   * Moves to each due instant in turn, runs its timers there, and lets promises settle before it goes on: a timer due
   * at 10 sees 10, even in `advance(100)`.
   */
  advance(ms: number): Promise<void>
  /** Lets everything settle that needs no time to pass. */
  settle(): Promise<void>
  /** The wall clock jumps, the monotonic one and the timers do not: suspend, or somebody set the clock. */
  jump(ms: number): void
  /** Timers still armed; a leak check. */
  readonly pending: number
}

/** Rounds of microtasks that count as settled: the deepest promise chain between two timers is far below. */
const SETTLE_ROUNDS = 100

/** @param start Wall-clock time to begin with, in ms. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let elapsed = 0
  let offset = start
  let armed = 0
  // In the order they were armed.
  const timers = new Map<number, VirtualTimer>()

  const settle = async () => {
    for (let i = 0; i < SETTLE_ROUNDS; i++) await Promise.resolve()
  }
  const nextTimer = (until: number): [number, VirtualTimer] | null => {
    let found: [number, VirtualTimer] | null = null
    for (const entry of timers) {
      if (entry[1].at <= until && (found === null || entry[1].at < found[1].at)) found = entry
    }
    return found
  }
  return {
    now: () => elapsed + offset,
    monotonic: () => elapsed,
    setTimer(callback, delayMs) {
      const id = ++armed
      timers.set(id, { at: elapsed + Math.min(Math.max(delayMs, 0), MAX_DELAY_MS), callback })
      return id
    },
    clearTimer(handle) {
      timers.delete(handle as number)
    },
    async advance(ms) {
      const until = elapsed + ms
      await settle()
      for (let next = nextTimer(until); next !== null; next = nextTimer(until)) {
        const [id, timer] = next
        elapsed = Math.max(elapsed, timer.at)
        timers.delete(id)
        timer.callback()
        await settle()
      }
      elapsed = Math.max(elapsed, until)
    },
    settle,
    jump(ms) {
      offset += ms
    },
    get pending() {
      return timers.size
    },
  }
}
