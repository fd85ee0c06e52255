import { isPresenceError, PresenceError } from '../errors.ts'
import type { Clock, TimerHandle } from '../time/clock.ts'
import { newerOf, type ProjectedState } from './projected-state.ts'

/** States that wait to be written: the newest of each user, in batches, one batch at a time. */
export interface WriteBehind {
  add(state: ProjectedState): void
  /** Writes now what waits. Rejects with what made a batch fail; its states go on waiting. */
  flush(): Promise<void>
  /** Nothing is written any more. */
  stop(): void
}

export interface WriteBehindOptions {
  readonly clock: Pick<Clock, 'setTimer' | 'clearTimer'>
  readonly batchMs: number
  write(states: readonly ProjectedState[]): Promise<void>
  /** Something failed: once for each row of failures, and for each state that is given up. */
  onError(error: PresenceError): void
  /** More states than {@link MAX_WAITING} waited, and were dropped. */
  onOverflow(): void
}

/** States in one write. */
const BATCH = 500
/** States kept while the target is away. */
const MAX_WAITING = 100_000
const MAX_RETRY_MS = 30_000

export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { clock, batchMs } = options
  let waiting = new Map<string, ProjectedState>()
  let timer: TimerHandle | null = null
  let running: Promise<void> | null = null
  let failures = 0
  let stopped = false

  const keep = (state: ProjectedState) => waiting.set(state.userId, newerOf(waiting.get(state.userId), state))
  const arm = (delayMs: number) => {
    if (stopped || timer !== null || waiting.size === 0) return
    timer = clock.setTimer(() => {
      timer = null
      run().catch(() => {})
    }, delayMs)
  }
  const disarm = () => {
    if (timer !== null) clock.clearTimer(timer)
    timer = null
  }
  /** What cannot be written by itself stops nothing else: a batch that fails for what is in it is halved. */
  const write = async (states: readonly ProjectedState[]): Promise<void> => {
    try {
      await options.write(states)
    } catch (error) {
      if (!isPresenceError(error) || error.retryable) throw error
      if (states.length === 1) return options.onError(error)
      const middle = states.length >> 1
      await write(states.slice(0, middle))
      await write(states.slice(middle))
    }
  }
  const drain = async () => {
    while (waiting.size > 0 && !stopped) {
      const batch = [...waiting.values()].slice(0, BATCH)
      for (const { userId } of batch) waiting.delete(userId)
      try {
        await write(batch)
      } catch (error) {
        for (const state of batch) keep(state)
        if (failures++ === 0) options.onError(failed(error))
        throw error
      }
      failures = 0
    }
  }
  const run = (): Promise<void> => {
    running ??= drain().finally(() => {
      running = null
      arm(failures === 0 ? batchMs : Math.min(batchMs * 2 ** failures, MAX_RETRY_MS))
    })
    return running
  }

  return {
    add(state) {
      if (stopped) return
      keep(state)
      if (waiting.size > MAX_WAITING) {
        waiting = new Map()
        options.onOverflow()
      }
      if (running === null) arm(batchMs)
    },
    async flush() {
      disarm()
      await running?.catch(() => {})
      await run()
    },
    stop() {
      stopped = true
      disarm()
    },
  }
}

function failed(error: unknown): PresenceError {
  return isPresenceError(error)
    ? error
    : new PresenceError('store-error', 'the projection was not written; it is tried again', {}, error)
}
