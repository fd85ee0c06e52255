import type { Clock, TimerHandle } from '../time/clock.ts'

/** The process that a node of a test cluster runs in: it can stand still for a while, or be gone without a word. */
export interface NodeProcess {
  readonly state: 'running' | 'stalled' | 'crashed'
  /** The process's own clock. Its timers wait while the process stands still, and never fire once it is gone. */
  readonly clock: Clock
  /** Resolves when the process next runs; never, once it is gone. */
  running(): Promise<void>
  /** Hands something in from outside: at once while it runs, when it goes on if it stands still, never once it is gone. */
  reach(work: () => void): void
  /** Stands still: no timer fires, nothing comes in. Time goes on. */
  stall(): void
  /** Goes on at this instant: timers that came due meanwhile fire first, then what waited outside comes in. */
  resume(): void
  crash(): void
}

interface Timer {
  readonly callback: () => void
  handle: TimerHandle
}

export function createNodeProcess(clock: Clock): NodeProcess {
  const timers = new Set<Timer>()
  let state: NodeProcess['state'] = 'running'
  let late: Timer[] = []
  let outside: (() => void)[] = []

  const fire = (timer: Timer) => {
    if (state === 'stalled') {
      late.push(timer)
      return
    }
    timers.delete(timer)
    timer.callback()
  }
  const arm = (timer: Timer, delayMs: number) => {
    timer.handle = clock.setTimer(() => fire(timer), delayMs)
  }

  const process: NodeProcess = {
    get state() {
      return state
    },
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer(callback, delayMs) {
        const timer: Timer = { callback, handle: null }
        if (state === 'crashed') return timer
        timers.add(timer)
        arm(timer, delayMs)
        return timer
      },
      clearTimer(handle) {
        const timer = handle as Timer
        if (timers.delete(timer)) clock.clearTimer(timer.handle)
      },
    },
    running: () => new Promise((resolve) => process.reach(resolve)),
    reach(work) {
      if (state === 'running') work()
      else if (state === 'stalled') outside.push(work)
    },
    stall() {
      if (state === 'running') state = 'stalled'
    },
    resume() {
      if (state !== 'stalled') return
      state = 'running'
      // Each in a turn of its own, as in an event loop: promises settle in between.
      for (const timer of late) if (timers.has(timer)) arm(timer, 0)
      for (const work of outside) clock.setTimer(() => process.reach(work), 0)
      late = []
      outside = []
    },
    crash() {
      state = 'crashed'
      for (const timer of timers) clock.clearTimer(timer.handle)
      timers.clear()
      late = []
      outside = []
    },
  }
  return process
}
