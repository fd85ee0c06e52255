import type { Clock } from '../time/clock.ts'
import type { UserEntry } from './user-entry.ts'

/** Users whose turn is still to come. One call is in flight at a time; who comes meanwhile joins the next batch. */
export interface SaveQueue {
  /** At once if no call is in flight. A user who waits already waits once. */
  add(entry: UserEntry): void
  /** Resolves when nothing is queued or in flight. */
  drained(): Promise<void>
  dispose(): void
}

export interface SaveQueueOptions {
  readonly clock: Clock
  /** Takes care of a batch; marks whoever is done as not `busy`. Rejects if the store fails. */
  work(batch: readonly UserEntry[]): Promise<void>
  /** The store failed. Those who were left undecided come first again, in `retryInMs`. */
  onFailed(kept: readonly UserEntry[], error: unknown, retryInMs: number): void
  /** The store answers again. */
  onRecovered(): void
}

const MAX_BATCH = 256
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const

export function createSaveQueue({ clock, work, onFailed, onRecovered }: SaveQueueOptions): SaveQueue {
  let queue: UserEntry[] = []
  let head = 0
  let inFlight = false
  let disposed = false
  let failures = 0
  let waiters: (() => void)[] = []

  const takeBatch = (): readonly UserEntry[] => {
    const batch = queue.slice(head, head + MAX_BATCH)
    head += batch.length
    if (head === queue.length) {
      queue = []
      head = 0
    }
    return batch
  }

  /** What a failed call left undecided comes first again. */
  const putBack = (batch: readonly UserEntry[]): readonly UserEntry[] => {
    const waiting = queue.slice(head)
    const known = new Set(waiting)
    const kept = batch.filter((entry) => entry.busy && !known.has(entry))
    queue = [...kept, ...waiting]
    head = 0
    return kept
  }

  const run = async (): Promise<void> => {
    inFlight = true
    while (head < queue.length && !disposed) {
      const batch = takeBatch()
      try {
        await work(batch)
        if (failures > 0) onRecovered()
        failures = 0
      } catch (error) {
        const retryInMs = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] as number
        onFailed(putBack(batch), error, retryInMs)
        await new Promise<void>((resolve) => clock.setTimer(resolve, retryInMs))
      }
    }
    inFlight = false
    const settled = waiters
    waiters = []
    for (const resolve of settled) resolve()
  }

  return {
    add(entry) {
      if (entry.busy || disposed) return
      entry.busy = true
      queue.push(entry)
      if (!inFlight) void run()
    },
    drained: () => (inFlight ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve()),
    dispose() {
      disposed = true
    },
  }
}
