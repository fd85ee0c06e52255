import type { ClientClock } from './clock.ts'

/** Work that is gathered, so that it goes out together. */
export interface Batch {
  /** Runs the work soon: not in this call, and not sooner than `gapMs` after it last ran. */
  schedule(): void
  cancel(): void
}

/** @param work Returns whether there is more to do. */
export function createBatch(clock: ClientClock, gapMs: number, work: () => boolean): Batch {
  let timer: unknown
  let ranAt = Number.NEGATIVE_INFINITY
  const batch: Batch = {
    schedule() {
      timer ??= clock.setTimer(
        () => {
          timer = undefined
          ranAt = clock.now()
          if (work()) batch.schedule()
        },
        // The wall clock may have jumped.
        Math.min(gapMs, Math.max(0, ranAt + gapMs - clock.now())),
      )
    },
    cancel() {
      clock.clearTimer(timer)
      timer = undefined
    },
  }
  return batch
}
