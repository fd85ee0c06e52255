import type { ClientClock } from './clock.ts'

/** Work that is gathered, so that it is done together. */
export interface Batch {
  /** Does the work soon: not in this call, and not sooner than 50 ms after the last time. */
  schedule(): void
  cancel(): void
}

const GAP_MS = 50

/** @param work Returns whether there is more to do. */
export function createBatch(clock: ClientClock, work: () => boolean): Batch {
  let timer: unknown
  let ranAt = 0
  const schedule = () => {
    // The wall clock may have jumped.
    const waitMs = Math.min(GAP_MS, Math.max(0, ranAt + GAP_MS - clock.now()))
    timer ??= clock.setTimer(() => {
      timer = undefined
      ranAt = clock.now()
      if (work()) schedule()
    }, waitMs)
  }
  return {
    schedule,
    cancel() {
      clock.clearTimer(timer)
      timer = undefined
    },
  }
}
