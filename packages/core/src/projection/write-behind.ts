import { type ErrorCode, isPresenceError, PresenceError } from '../errors.ts'
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
/** Failures for what is in a state. Any other is one of the target as a whole. */
const OF_STATES: readonly ErrorCode[] = ['invalid-option', 'limit-exceeded']

/** How long to wait after so many failures in a row. */
export function retryDelay(batchMs: number, failures: number): number {
  return Math.min(batchMs * 2 ** failures, MAX_RETRY_MS)
}

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
  /** What cannot be written by itself stops nothing else: a batch that is refused for what is in it is halved. */
  const write = async (states: readonly ProjectedState[]): Promise<void> => {
    try {
      await options.write(states)
    } catch (error) {
      if (!isPresenceError(error) || !OF_STATES.includes(error.code)) throw error
      if (states.length === 1) return options.onError(error)
      const middle = states.length >> 1
      await write(states.slice(0, middle))
      await write(states.slice(middle))
    }
  }
  /** What comes meanwhile waits for its own batch, or there would be no end to it. */
  const drain = async () => {
    const userIds = [...waiting.keys()]
    for (let i = 0; i < userIds.length && !stopped; i += BATCH) {
      const batch = userIds.slice(i, i + BATCH).flatMap((userId) => waiting.get(userId) ?? [])
      for (const { userId } of batch) waiting.delete(userId)
      try {
        if (batch.length > 0) await write(batch)
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
      arm(failures === 0 ? batchMs : retryDelay(batchMs, failures))
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
