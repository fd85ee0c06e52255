import type { FeedTopic } from '../machine/index.ts'
import type { Rhythm } from '../options.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Audit } from './audit.ts'
import type { Connections } from './connections.ts'
import type { Feed } from './feed.ts'
import type { FreshnessOf } from './freshness.ts'
import type { HeldDigest } from './held-digest.ts'
import type { Lease, Renewed } from './lease.ts'
import type { Ledger } from './ledger.ts'

/** Keeps a node's lease, and does what each renewal turns out to ask for: a new name, announcements, an audit. */
export interface Renewal {
  /** A renewal that begins after this call; any number of callers share one. Rejects if the store does. */
  renew(): Promise<void>
  /** Until the next one: sooner after a failure, for nothing can be written until one stands. */
  periodMs(): number
  /** What waited for the store was dropped: the next renewal that stands reviews everything held. */
  onOverflow(): void
}

export interface RenewalOptions {
  readonly store: PresenceStore
  readonly lease: Lease
  readonly rhythm: Rhythm
  readonly endedForMs: number
  readonly feed: Feed
  readonly connections: Pick<Connections, 'cutOff'>
  readonly ledger: Ledger
  readonly digest: HeldDigest
  readonly audit: Audit
  readonly freshness: FreshnessOf
  isRunning(): boolean
  /** A volatile store lost everything it had. */
  onDataLost(): void
  /** The feed was probed, or could not be. */
  onProbed(): void
  /** Something went wrong that no caller waits for. */
  onFailed(error: unknown): void
}

/** Of no number of saves. */
const UNQUIET = -1
/** How soon a renewal that failed is tried again; no later than the next one would have been. */
const RENEW_AGAIN_MS = 1000

export function createRenewal(options: RenewalOptions): Renewal {
  const { store, lease, rhythm, feed, ledger, digest, audit, freshness, onFailed } = options
  let current: Promise<void> | null = null
  let next: Promise<void> | null = null
  let failed = false
  /** What waited was dropped: everything held is to be compared with what stands, and no digest will say so. */
  let hasOverflowed = false
  /** Topics of names that died, as long as records may still name them. */
  const formerTopics: FeedTopic[] = []

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
    if (wasKilled || wasFenced || failed) ledger.wake()
    failed = false
    // Not waited for: what a renewal found out must not depend on the feed.
    feed.onRenewed(renewal.until, renewal.sentAt).then(options.onProbed, onFailed)
    const isFirst = ageBefore === Number.POSITIVE_INFINITY
    if (isFirst || !options.isRunning()) return
    // A store that does not know a lease it renewed before has lost it, and everything else.
    const hasLostData = renewal.isNew && !renewal.isFirst
    if (hasLostData && !store.capabilities.durable) options.onDataLost()
    if (wasFenced && ageBefore > options.endedForMs) options.connections.cutOff()
    // Neither is waited for: they may take long, and ask for renewals themselves.
    else if (renewal.isFirst || wasFenced || hasLostData || hasOverflowed) {
      hasOverflowed = false
      audit.reviewAll(wasFenced).catch(onFailed)
    } else audit.compare(renewal.digest, isQuiet ? savesBefore : UNQUIET).catch(onFailed)
    // Everything held is known under the new name.
    if (formerTopics.length > 0 && audit.isDone()) feed.remove(formerTopics.splice(0))
  }

  /** The lease was killed: whatever was held under its name is announced under another one. */
  const beginAnew = async (): Promise<Renewed> => {
    const former = lease.nodeId
    lease.beginAnew()
    digest.clear()
    // A feed that is away adds it when it is opened anew.
    await feed.add([`node:${lease.nodeId}`]).catch(onFailed)
    const renewal = await lease.renew()
    if (renewal.stands) formerTopics.push(`node:${former}`)
    return renewal
  }

  const renewOrDoubt = async (): Promise<void> => {
    try {
      await renewOnce()
    } catch (error) {
      failed = true
      freshness.doubt('unreachable', true)
      freshness.doubt('fenced', !lease.mayWrite())
      options.onProbed()
      throw error
    }
  }

  return {
    renew() {
      next ??= (current ?? Promise.resolve())
        .catch(() => {})
        .then(() => {
          next = null
          current = renewOrDoubt()
          return current
        })
      return next
    },
    periodMs: () => (failed ? Math.min(RENEW_AGAIN_MS, rhythm.renewEveryMs) : rhythm.renewEveryMs),
    onOverflow() {
      hasOverflowed = true
    },
  }
}
