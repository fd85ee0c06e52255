import { PresenceError } from '../errors.ts'
import type { Rhythm } from '../options.ts'
import type { NodeRenewal, PresenceStore } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'
import type { StoreTime } from './store-time.ts'

/**
 * This node's lease: what keeps the connections it holds alive, and what the node may do in its name. A lease that was
 * killed stays dead; the node goes on under another name.
 */
export interface Lease {
  /** This incarnation of the node; another one after each death. */
  readonly nodeId: string
  /** Whether a write sent now arrives before anybody may take this node for dead. Without a lease nobody does. */
  mayWrite(): boolean
  /**
   * Store time until which no loss and no lease may be executed, because others may not have had time to come back; 0:
   * none. While this node has not renewed for two periods itself, it cannot know: then a moment from now. Only a renewal
   * tells at all: infinite for a process without a lease, which leaves such ends to those that sweep.
   */
  holdOffUntil(): number
  /** How long ago, in ms, the last renewal that stood was sent; infinite before the first. */
  age(): number
  /** Rejects if the store does. */
  renew(): Promise<Renewed>
  /** Goes on under a name that was never used. It has no lease, and may not write, until it is renewed. */
  beginAnew(): void
  /** Ends the lease of a process that holds nothing, and needs none to write. Rejects if the store does. */
  giveUp(): Promise<void>
}

/** What a renewal brought. */
export interface Renewed extends NodeRenewal {
  /** Until when, in store time, the lease was to stand. */
  readonly until: number
  /** When the renewal was sent, in ms of the monotonic clock. */
  readonly sentAt: number
  /** The first that stands under this name. */
  readonly isFirst: boolean
}

export interface LeaseOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly rhythm: Pick<Rhythm, 'nodeLeaseMs' | 'renewEveryMs'>
  readonly randomId: () => string
}

/** An instant by both clocks, in ms. */
interface Moment {
  readonly monotonic: number
  readonly wall: number
}

/** A write may be under way for this part of a lease, and must still arrive before it is over. */
const SLACK = 1 / 6
/** Whoever waits for a hold-off whose end is not known yet asks again after this time. */
const ASK_AGAIN_MS = 1000

export function createLease(options: LeaseOptions): Lease {
  const { store, clock, time, randomId } = options
  const { nodeLeaseMs, renewEveryMs } = options.rhythm
  const deadlineMs = nodeLeaseMs / 3
  const terms = { afterMs: 2 * renewEveryMs, forMs: nodeLeaseMs }
  /** When the last renewal that stood was sent, by both clocks. */
  let renewed: Moment | null = null
  /** The name under which a renewal stood. */
  let confirmed: string | null = null
  let mayWrite: 'always' | 'never' | 'while-it-stands' = 'always'
  let holdOffUntil = 0

  /** A call that never comes back must not keep the next one from being made. */
  const answered = <T>(call: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = () =>
        reject(new PresenceError('unavailable', `the store did not answer within ${deadlineMs} ms`, { deadlineMs }))
      const timer = clock.setTimer(late, deadlineMs)
      call.then(resolve, reject).finally(() => clock.clearTimer(timer))
    })
  const moment = (): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() })
  /** The longer of the two: the monotonic clock may stand still while the machine sleeps, the wall clock may be set back. */
  const since = ({ monotonic, wall }: Moment) => Math.max(clock.monotonic() - monotonic, clock.now() - wall)
  const lease: { -readonly [K in keyof Lease]: Lease[K] } = {
    nodeId: randomId(),
    mayWrite: () => (mayWrite !== 'while-it-stands' ? mayWrite === 'always' : lease.age() < nodeLeaseMs * (1 - SLACK)),
    holdOffUntil() {
      if (renewed === null) return Number.POSITIVE_INFINITY
      const now = time.now()
      const known = Math.max(holdOffUntil, time.steppedAt() + nodeLeaseMs)
      if (lease.age() > terms.afterMs) return Math.max(known, now + ASK_AGAIN_MS)
      return known > now ? known : 0
    },
    age: () => (renewed === null ? Number.POSITIVE_INFINITY : since(renewed)),
    async renew() {
      await answered(time.sample())
      const sent = moment()
      const now = time.now()
      const { nodeId } = lease
      const isFirst = nodeId !== confirmed
      const until = now + nodeLeaseMs
      const renewal = await answered(store.renewNode(nodeId, until, now, terms))
      if (renewal.stands && nodeId === lease.nodeId) {
        // Counted from when it was sent, for nobody knows when it arrived; the end of a lease only rises.
        if (renewed === null || sent.monotonic > renewed.monotonic) renewed = sent
        mayWrite = 'while-it-stands'
        confirmed = nodeId
        holdOffUntil = Math.max(holdOffUntil, renewal.holdOffUntil)
      }
      return { ...renewal, until, sentAt: sent.monotonic, isFirst }
    },
    beginAnew() {
      lease.nodeId = randomId()
      mayWrite = 'never'
    },
    async giveUp() {
      const { nodeId } = lease
      lease.nodeId = randomId()
      mayWrite = 'always'
      renewed = null
      await store.removeNode(nodeId)
    },
  }
  return lease
}
