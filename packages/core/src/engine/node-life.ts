import { PresenceError } from '../errors.ts'
import type { FeedTopic, Policy } from '../machine/index.ts'
import type { Rhythm } from '../options.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Clock, TimerHandle } from '../time/clock.ts'
import type { Audit } from './audit.ts'
import type { Connections } from './connections.ts'
import type { Feed } from './feed.ts'
import type { FreshnessOf } from './freshness.ts'
import type { HeldDigest } from './held-digest.ts'
import type { Lease, Renewed } from './lease.ts'
import type { Ledger } from './ledger.ts'
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
/** Of no number of saves. */
const UNQUIET = -1
/** How soon a renewal that failed is tried again; no later than the next one would have been. */
const RENEW_AGAIN_MS = 1000
/** Longest wait for the store when a node stops; process managers kill after some 10 s. */
const STOP_DEADLINE_MS = 8000

export function createNodeLife(options: NodeLifeOptions): NodeLife {
  const { store, clock, lease, rhythm, feed, rosters, connections, ledger, digest, audit, freshness } = options
  const { drainGraceMs, endedForMs } = options.policy
  /** For so long a feed may say nothing, or a comparison fail, before what is known counts as stale. */
  const patienceMs = rhythm.reconcileEveryMs + rhythm.renewEveryMs
  let state: 'new' | 'running' | 'stopped' = 'new'
  let stopping: Promise<void> | null = null
  let renewing: Promise<void> | null = null
  let nextRenewal: Promise<void> | null = null
  let renewalFailed = false
  let overflowed = false
  /** The store lost its data, and nodes announce what they hold. */
  let refilling = false
  let warmUntil: TimerHandle | null = null
  let reconciledAt = clock.monotonic()
  /** Topics of names that died, as long as records may still name them. */
  const formerTopics: FeedTopic[] = []
  const timers = new Set<TimerHandle>()

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

  /** One renewal, and what follows from it: a new name, announcements, an audit. */
  const renewOnce = async (): Promise<void> => {
    const ageBefore = lease.age()
    const wasFenced = !lease.mayWrite()
    const isQuiet = ledger.isQuiet()
    const savesBefore = ledger.saves()
    let renewal = await lease.renew()
    const wasKilled = !renewal.stands
    if (wasKilled) renewal = await beginAnew()
    freshness.doubt('unreachable', false)
    freshness.doubt('fenced', false)
    if (wasKilled || wasFenced || renewalFailed) ledger.wake()
    renewalFailed = false
    // Not waited for: what a renewal found out must not depend on the feed.
    feed.onRenewed(renewal.until, renewal.sentAt).then(doubtFeed, report)
    const isFirst = ageBefore === Number.POSITIVE_INFINITY
    if (isFirst || state !== 'running') return
    // A store that does not know a lease it renewed before has lost it, and everything else.
    const hasLostData = renewal.isNew && !renewal.isFirst
    if (hasLostData && !store.capabilities.durable) warmUp(true)
    if (wasFenced && ageBefore > endedForMs) connections.cutOff()
    // Neither is waited for: they may take long, and ask for renewals themselves.
    else if (renewal.isFirst || wasFenced || hasLostData || overflowed) {
      overflowed = false
      audit
        .reviewAll(wasFenced)
        // Everything held is known under the new name.
        .then(() => feed.remove(formerTopics.splice(0)))
        .catch(report)
    } else audit.compare(renewal.digest, isQuiet ? savesBefore : UNQUIET).catch(report)
  }

  /** The lease was killed: whatever was held under its name is announced under another one. */
  const beginAnew = async (): Promise<Renewed> => {
    const former = lease.nodeId
    lease.beginAnew()
    digest.clear()
    // A feed that is away adds it when it is opened anew.
    await feed.add([`node:${lease.nodeId}`]).catch(report)
    const renewal = await lease.renew()
    if (renewal.stands) formerTopics.push(`node:${former}`)
    return renewal
  }

  const doubtFeed = () => {
    const provedAt = Math.max(feed.provedAt(), reconciledAt)
    freshness.doubt('feed-silent', clock.monotonic() - provedAt > patienceMs)
  }

  /** A renewal that begins after this call. Any number of callers share one. */
  const renew = (): Promise<void> => {
    nextRenewal ??= (renewing ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        nextRenewal = null
        renewing = renewOnce().catch((error: unknown) => {
          renewalFailed = true
          freshness.doubt('unreachable', true)
          freshness.doubt('fenced', !lease.mayWrite())
          doubtFeed()
          throw error
        })
        return renewing
      })
    return nextRenewal
  }
  /** Tries sooner after a failure: nothing can be written until a renewal stands. */
  const renewalPeriod = () => (renewalFailed ? Math.min(RENEW_AGAIN_MS, rhythm.renewEveryMs) : rhythm.renewEveryMs)

  const reconcile = async (): Promise<void> => {
    // Before what a store lost is taken for gone: the lease tells.
    if (!store.capabilities.durable) await renew()
    const startedAt = clock.monotonic()
    const isComplete = await rosters.reconcile(refilling)
    if (isComplete) reconciledAt = startedAt
    // A feed that lives may all the same have lost something, and nothing else would find it.
    freshness.doubt('unreconciled', !isComplete && startedAt - reconciledAt > patienceMs)
    doubtFeed()
  }

  /** A volatile store that holds nobody has probably lost everybody: they come back within the drain grace. */
  const warmUp = (hasLostData: boolean) => {
    refilling = hasLostData
    freshness.warming(true)
    if (warmUntil !== null) clock.clearTimer(warmUntil)
    warmUntil = after(drainGraceMs, () => {
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
        await renew()
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
      every(renewalPeriod, renew)
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
    confirmLease: renew,
    onGap(topics) {
      if (state !== 'running') return
      reconcile().catch(report)
      if (topics !== null && !topics.includes(`node:${lease.nodeId}`)) return
      // A store that lost everything has lost the lease too.
      renew()
        .then(() => audit.reviewAll())
        .catch(report)
    },
    onFenced() {
      if (state === 'running') renew().catch(report)
    },
    onOverflow() {
      overflowed = true
    },
    isRunning: () => state === 'running',
  }
}
