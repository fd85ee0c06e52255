import { PresenceError } from '../errors.ts'
import type { Rhythm } from '../options.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Clock, TimerHandle } from '../time/clock.ts'
import type { Connections } from './connections.ts'
import type { Ledger } from './ledger.ts'
import type { Freshness } from './presence.ts'
import type { Rosters } from './rosters.ts'
import type { StoreTime } from './store-time.ts'

/** Start, lease, rounds and stop of one node. */
export interface NodeLife {
  start(): Promise<void>
  stop(): Promise<void>
  /** Throws `not-running` unless started and not stopped. */
  demandRunning(): void
}

export interface NodeLifeOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly nodeId: string
  readonly rhythm: Rhythm
  readonly drainGraceMs: number
  readonly rosters: Rosters
  readonly connections: Connections
  readonly ledger: Ledger
  sweep(): Promise<unknown>
  setFreshness(change: Partial<Freshness>): void
  onError(error: PresenceError): void
}

/** Periods are shortened by up to this part, so that nodes started together do not work in step. */
const JITTER = 0.1
/** Longest wait for the store when a node stops; process managers kill after some 10 s. */
const STOP_DEADLINE_MS = 8000

export function createNodeLife(options: NodeLifeOptions): NodeLife {
  const { store, clock, time, nodeId, rhythm, rosters, connections, ledger } = options
  let state: 'new' | 'running' | 'stopped' = 'new'
  let stopping: Promise<void> | null = null
  const timers = new Set<TimerHandle>()

  const after = (delayMs: number, work: () => void) => {
    const timer = clock.setTimer(() => {
      timers.delete(timer)
      work()
    }, delayMs)
    timers.add(timer)
  }
  /** Repeats `work` until the node stops; the next round is set when one ended, so that rounds never overlap. */
  const every = (periodMs: number, jitter: number, work: () => Promise<unknown>) => {
    after(periodMs * (1 - jitter * Math.random()), () => {
      work()
        .catch((error: unknown) => {
          options.onError(
            error instanceof PresenceError
              ? error
              : new PresenceError('store-error', 'the store did not answer', {}, error),
          )
        })
        .finally(() => {
          if (state === 'running') every(periodMs, jitter, work)
        })
    })
  }

  const renew = async () => {
    await time.sample()
    const now = time.now()
    const { stands } = await store.renewNode(nodeId, now + rhythm.nodeLeaseMs, now, {
      afterMs: 2 * rhythm.renewEveryMs,
      forMs: rhythm.nodeLeaseMs,
    })
    options.setFreshness({ stale: !stands })
    if (!stands)
      throw new PresenceError('store-error', `the lease of node ${nodeId} is over; start the process anew`, { nodeId })
  }

  /** A volatile store that holds nobody has probably lost everybody: they come back within the drain grace. */
  const warmUp = async () => {
    if (store.capabilities.durable || (await store.count({ as: 'admin' })) > 0) return
    options.setFreshness({ warming: true })
    after(options.drainGraceMs, () => options.setFreshness({ warming: false }))
  }

  /** A store that stays away must not keep a process from ending: what it did not take, another node's sweep finds. */
  const withinDeadline = (work: Promise<void>) =>
    new Promise<void>((resolve) => {
      const deadline = clock.setTimer(() => {
        options.onError(
          new PresenceError(
            'store-error',
            `the store did not take everything within ${STOP_DEADLINE_MS} ms; stopping anyway`,
            {
              deadlineMs: STOP_DEADLINE_MS,
            },
          ),
        )
        resolve()
      }, STOP_DEADLINE_MS)
      void work.finally(() => {
        clock.clearTimer(deadline)
        resolve()
      })
    })

  const shutDown = async () => {
    const wasRunning = state === 'running'
    state = 'stopped'
    for (const timer of timers) clock.clearTimer(timer)
    timers.clear()
    if (wasRunning) {
      await withinDeadline(connections.drain().then(() => ledger.drained()))
      await store.removeNode(nodeId).catch(() => {})
      await rosters.close()
    }
    ledger.dispose()
  }

  return {
    async start() {
      if (state !== 'new')
        throw new PresenceError('not-running', 'a presence starts once; create another one', { state })
      state = 'running'
      try {
        await renew()
        await rosters.start()
        await warmUp()
      } catch (error) {
        state = 'new'
        throw error instanceof PresenceError
          ? error
          : new PresenceError('unavailable', 'the store did not answer; start again when it does', {}, error)
      }
      every(rhythm.renewEveryMs, 0, renew)
      every(rhythm.sweepEveryMs, JITTER, options.sweep)
      every(rhythm.reconcileEveryMs, JITTER, () => rosters.reconcile())
    },
    stop() {
      stopping ??= shutDown()
      return stopping
    },
    demandRunning() {
      if (state !== 'running') throw new PresenceError('not-running', 'call presence.start() first', { state })
    },
  }
}
