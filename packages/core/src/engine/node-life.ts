import { PresenceError } from '../errors.ts'
import type { FeedTopic, Policy } from '../machine/index.ts'
import type { Rhythm } from '../options.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Clock, TimerHandle } from '../time/clock.ts'
import type { Audit } from './audit.ts'
import type { ClusterChanges } from './cluster-changes.ts'
import type { Connections } from './connections.ts'
import type { Feed } from './feed.ts'
import type { FreshnessOf } from './freshness.ts'
import type { HeldDigest } from './held-digest.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import { createRenewal } from './renewal.ts'
import type { Rosters } from './rosters.ts'

/** Start, lease, rounds and stop of one node. */
export interface NodeLife {
  start(): Promise<void>
  stop(): Promise<void>
  /** Throws `not-running` unless started and not stopped. */
  demandRunning(): void
  /** Renews the lease now, so that a node that was killed knows it. Rejects if the store does. */
  confirmLease(): Promise<void>
  /** Something may have been missed of what is watched, or of what others did to connections held here. */
  onGap(topics: readonly FeedTopic[] | null): void
  /** A write was refused in this node's name. */
  onFenced(): void
  /** What waited for the store was dropped. */
  onOverflow(): void
  isRunning(): boolean
}

export interface NodeLifeOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly lease: Lease
  readonly rhythm: Rhythm
  readonly policy: Pick<Policy, 'drainGraceMs' | 'endedForMs'>
  readonly feed: Feed
  readonly rosters: Rosters
  readonly clusterChanges: Pick<ClusterChanges, 'begin'>
  readonly connections: Connections
  readonly ledger: Ledger
  readonly digest: HeldDigest
  readonly audit: Audit
  readonly freshness: FreshnessOf
  /** From 0 to less than 1; for the jitter. */
  random(): number
  sweep(): Promise<unknown>
  onError(error: PresenceError): void
}

/** Periods are shortened by up to this part, so that nodes started together do not work in step. */
const JITTER = 0.1
/** A feed that is lost again and again must not keep the node, and the store, reading everything. */
const CATCH_UP_APART_MS = 1000
/** Longest wait for the store when a node stops; process managers kill after some 10 s. */
const STOP_DEADLINE_MS = 8000

export function createNodeLife(options: NodeLifeOptions): NodeLife {
  const { store, clock, lease, rhythm, feed, rosters, clusterChanges, connections, ledger, audit, freshness } = options
  const { drainGraceMs, endedForMs } = options.policy
  /** For so long a feed may say nothing, or a comparison fail, before what is known counts as stale. */
  const patienceMs = rhythm.reconcileEveryMs + rhythm.renewEveryMs
  let state: 'new' | 'running' | 'stopped' = 'new'
  let stopping: Promise<void> | null = null
  /** The store lost its data, and nodes announce what they hold. */
  let refilling = false
  let warmUntil: TimerHandle | null = null
  let reconciledAt = clock.monotonic()
  const timers = new Set<TimerHandle>()
  /** What may have been missed and is not read yet: also of connections held here. */
  let gap: { readonly isOfHeld: boolean } | null = null
  let isCatchingUp = false
  let caughtUpAt = Number.NEGATIVE_INFINITY

  const after = (delayMs: number, work: () => void) => {
    const timer = clock.setTimer(() => {
      timers.delete(timer)
      work()
    }, delayMs)
    timers.add(timer)
    return timer
  }
  const report = (error: unknown) => {
    const failure =
      error instanceof PresenceError ? error : new PresenceError('store-error', 'the store did not answer', {}, error)
    options.onError(failure)
  }
  /** Repeats `work` until the node stops; the next round is set when one ended, so that rounds never overlap. */
  const every = (period: () => number, work: () => Promise<unknown>) => {
    after(period(), () => {
      work()
        .catch(report)
        .finally(() => {
          if (state === 'running') every(period, work)
        })
    })
  }
  const jittered = (periodMs: number) => () => periodMs * (1 - JITTER * options.random())

  const doubtFeed = () => {
    const provedAt = Math.max(feed.provedAt(), reconciledAt)
    freshness.doubt('feed-silent', clock.monotonic() - provedAt > patienceMs)
  }

  const renewal = createRenewal({
    ...options,
    endedForMs,
    isRunning: () => state === 'running',
    onDataLost: () => warmUp(true),
    onProbed: doubtFeed,
    onFailed: report,
  })

  const reconcile = async (): Promise<void> => {
    // Before what a store lost is taken for gone: the lease tells.
    if (!store.capabilities.durable) await renewal.renew()
    clusterChanges.begin().catch(report)
    const startedAt = clock.monotonic()
    const isComplete = await rosters.reconcile(refilling)
    if (isComplete) reconciledAt = startedAt
    // A feed that lives may all the same have lost something, and nothing else would find it.
    freshness.doubt('unreconciled', !isComplete && startedAt - reconciledAt > patienceMs)
    doubtFeed()
  }

  /** Reads what a gap may have hidden. What was missed before a pass began, it finds. */
  const catchUp = async () => {
    isCatchingUp = true
    while (gap !== null && state === 'running') {
      const restMs = caughtUpAt + CATCH_UP_APART_MS - clock.monotonic()
      if (restMs > 0) await new Promise<void>((resolve) => after(restMs, resolve))
      caughtUpAt = clock.monotonic()
      const { isOfHeld } = gap
      gap = null
      // A store that lost everything has lost the lease too.
      const reviewed = isOfHeld ? renewal.renew().then(() => audit.reviewAll()) : null
      await Promise.all([reconcile().catch(report), reviewed?.catch(report)])
    }
    isCatchingUp = false
  }

  /**
   * A volatile store that holds nobody has probably lost everybody: they come back within the drain grace, and each node
   * needs a round to find out that it has something to announce.
   */
  const warmUp = (hasLostData: boolean) => {
    refilling = hasLostData
    freshness.warming(true)
    if (warmUntil !== null) clock.clearTimer(warmUntil)
    warmUntil = after(Math.max(drainGraceMs, patienceMs), () => {
      refilling = false
      reconcile()
        .catch(report)
        .finally(() => freshness.warming(false))
    })
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
      // Nothing is marked without a lease, and the store may answer again.
      if (!lease.mayWrite()) renewal.renew().catch(report)
      await withinDeadline(connections.drain().then(() => ledger.drained()))
      await store.removeNode(lease.nodeId).catch(() => {})
      rosters.close()
      await feed.close().catch(() => {})
    }
    ledger.dispose()
  }

  return {
    async start() {
      if (state !== 'new')
        throw new PresenceError('not-running', 'a presence starts once; create another one', { state })
      state = 'running'
      try {
        await feed.open()
        await feed.add([`node:${lease.nodeId}`])
        await clusterChanges.begin()
        await renewal.renew()
        if (!store.capabilities.durable && (await store.count({ as: 'admin' })) === 0) warmUp(false)
      } catch (error) {
        if (state === 'running') state = 'new'
        await feed.close().catch(() => {})
        throw error instanceof PresenceError
          ? error
          : new PresenceError('unavailable', 'the store did not answer; start again when it does', {}, error)
      }
      // Stopped meanwhile.
      if (state !== 'running') return
      every(renewal.periodMs, renewal.renew)
      every(jittered(rhythm.sweepEveryMs), options.sweep)
      every(jittered(rhythm.reconcileEveryMs), reconcile)
    },
    stop() {
      stopping ??= shutDown()
      return stopping
    },
    demandRunning() {
      if (state !== 'running') throw new PresenceError('not-running', 'call presence.start() first', { state })
    },
    confirmLease: renewal.renew,
    onGap(topics) {
      if (state !== 'running') return
      const isOfHeld = topics === null || topics.includes(`node:${lease.nodeId}`)
      gap = { isOfHeld: isOfHeld || gap?.isOfHeld === true }
      if (!isCatchingUp) void catchUp()
    },
    onFenced() {
      if (state === 'running') renewal.renew().catch(report)
    },
    onOverflow: renewal.onOverflow,
    isRunning: () => state === 'running',
  }
}
