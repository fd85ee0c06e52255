import { isPresenceError } from '../errors.ts'
import type { Policy, UserRecord } from '../machine/index.ts'
import type { NodeRenewal, PresenceStore } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'
import type { Connections } from './connections.ts'
import { describeHeld } from './describe-held.ts'
import { connectionOf } from './end-reason.ts'
import type { HeldHandle } from './held-connection.ts'
import type { HeldDigest } from './held-digest.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import type { Openings } from './openings.ts'
import type { StoreTime } from './store-time.ts'
import { heldOf, type Pending, type UserEntry } from './user-entry.ts'

/**
 * Brings what the store says of this node's connections in line with what the node holds: announces what is missing
 * there, and ends there what is not held here.
 */
export interface Audit {
  /**
   * A record lacks a connection that lives here, and that nobody ended on purpose.
   *
   * @param known What stood before, as far as this node knows.
   */
  onMissing(handle: HeldHandle, known: UserRecord | null): void
  /** A record has a connection as this node's that is over, or that nobody here ever heard the end of. */
  onUnheld(entry: UserEntry, connectionId: string, how: 'lost' | 'leave'): void
  /** An event of a connection that must be announced first. Settled afterwards, whatever came of that. */
  onDeferred(handle: HeldHandle, item: Pending): void
  /** Compares a renewal's digest with the node's own, and looks closer where they differ. Rejects if the store does. */
  compare(digest: NodeRenewal['digest'], savesBefore: number): Promise<void>
  /**
   * Reads what stands of every user held here; what could not be read or handled is tried again later. After the node was
   * cut off, only pages that answer are announced.
   */
  reviewAll(wasCutOff?: boolean): Promise<void>
  /** Whether all that is held was reviewed, and what was missing announced. */
  isDone(): boolean
}

export interface AuditOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly policy: Policy
  readonly lease: Lease
  readonly ledger: Ledger
  readonly openings: Openings
  readonly connections: Pick<Connections, 'end'>
  readonly digest: HeldDigest
  /** Renews the lease, so that a node that was killed knows it before it speaks. */
  confirmLease(): Promise<void>
}

const PAGE = 256
/** Digests that differ while saves are under way say little; this many in a row say enough. */
const DIFFER_AT_MOST = 3
/** How soon a page that did not answer is asked again, and what the store or a record did not let through is tried again. */
const ASK_AGAIN_MS = 5000

export function createAudit(options: AuditOptions): Audit {
  const { store, clock, time, lease, ledger, digest } = options
  const announcing = new Set<HeldHandle>()
  /** What could not be announced, and users who could not be reviewed: tried again later. */
  const unannounced = new Set<HeldHandle>()
  const unreviewed = new Set<string>()
  /** The last state that had a connection which is to be announced. */
  const lacked = new Map<HeldHandle, UserRecord>()
  let willRetry = false
  let reviewing = 0
  const deferred = new Map<HeldHandle, Pending[]>()
  let unproven = new Set<HeldHandle>()
  let differed = 0
  let isLooking = false

  const isHeldIn = (record: UserRecord | null, connectionId: string): boolean =>
    record?.connections.some(
      ({ id, nodeId, lost }) => id === connectionId && nodeId === lease.nodeId && lost === null,
    ) ?? false

  /** Resolves once the page answers; `false`: the connection ended first. */
  const isProven = async (handle: HeldHandle): Promise<boolean> => {
    while (unproven.has(handle)) {
      if (!handle.isLive) return false
      if (await handle.listener.probe().catch(() => false)) break
      await new Promise<void>((resolve) => clock.setTimer(resolve, ASK_AGAIN_MS))
    }
    unproven.delete(handle)
    return handle.isLive
  }

  const announce = async (handle: HeldHandle, known: UserRecord | null): Promise<void> => {
    const { entry, connectionId } = handle
    // Whoever was given up may have been killed, and must know it before it speaks.
    if (!isHeldIn(entry.stored ?? null, connectionId)) await options.confirmLease()
    if (!(await isProven(handle))) return
    const connection = describeHeld(handle, known, options)
    const claims = known?.claims.filter((claim) => claim.connectionId === connectionId && claim.status !== null) ?? []
    const { record } = await ledger.submit(entry, { type: 'announce', at: time.now(), connection, claims })
    // Whoever ended it on purpose meanwhile was not heard here.
    if (!record?.connections.some(({ id }) => id === connectionId)) options.connections.end(handle)
  }

  /** What happened to a connection while the record lacked it happens now, as of when it did. */
  const settleDeferred = (handle: HeldHandle): void => {
    const items = deferred.get(handle) ?? []
    deferred.delete(handle)
    lacked.delete(handle)
    for (const { event, resolve, reject } of items) ledger.submit(handle.entry, event).then(resolve, reject)
  }

  const review = (userId: string) => ledger.submit(ledger.users.entryOf(userId), { type: 'review' })

  /** A failure was reported where it happened. */
  const inPages = async (userIds: readonly string[], each: (userId: string) => Promise<unknown>): Promise<void> => {
    for (let from = 0; from < userIds.length; from += PAGE) {
      await Promise.allSettled(userIds.slice(from, from + PAGE).map(each))
    }
  }

  /** All of them at once: each announcement wants a renewal, and those of one moment share it. */
  const retryLater = (): void => {
    if (willRetry) return
    willRetry = true
    clock.setTimer(() => {
      willRetry = false
      for (const handle of unannounced) {
        if (handle.isLive) continue
        unannounced.delete(handle)
        settleDeferred(handle)
      }
      for (const userId of unreviewed) if (!isKnown(userId)) unreviewed.delete(userId)
      if (unannounced.size + unreviewed.size === 0) return
      // When the lease stands again everything is reviewed.
      if (!lease.mayWrite()) return retryLater()
      const handles = [...unannounced]
      unannounced.clear()
      for (const handle of handles) audit.onMissing(handle, null)
      void reviewEach([...unreviewed])
    }, ASK_AGAIN_MS)
  }

  const reviewEach = async (userIds: readonly string[]): Promise<void> => {
    reviewing++
    await inPages(userIds, async (userId) => {
      unreviewed.delete(userId)
      if (!isKnown(userId)) return
      try {
        await review(userId)
      } catch {
        // Under a new name neither side counts them: no comparison would find them.
        unreviewed.add(userId)
        retryLater()
      }
    })
    reviewing--
    const isAsked = (handle: HeldHandle) =>
      announcing.has(handle) || unannounced.has(handle) || unreviewed.has(handle.entry.userId)
    if (reviewing === 0) unproven = new Set([...unproven].filter(isAsked))
  }

  /** Of who went a handle stays until their record says so too. */
  const isKnown = (userId: string): boolean => (ledger.users.peek(userId)?.held ?? null) !== null
  const isHeld = (userId: string): boolean => {
    const entry = ledger.users.peek(userId)
    return entry !== undefined && heldOf(entry).some(({ isLive }) => isLive)
  }
  const held = (): UserEntry[] => [...ledger.users.entries()].filter((entry) => entry.held !== null)
  const heldUsers = () => held().map(({ userId }) => userId)

  const lookCloser = async (): Promise<void> => {
    const { nodeId } = lease
    const indexed = new Set<string>()
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<PresenceStore['usersOf']>> = await store.usersOf(nodeId, cursor, PAGE)
      for (const userId of page.items) indexed.add(userId)
      cursor = page.next
    } while (cursor !== null)
    const missing = heldUsers().filter((userId) => isHeld(userId) && !indexed.has(userId))
    const foreign = [...indexed].filter((userId) => !isHeld(userId))
    // Of what fails the digests still differ at the next comparison.
    await inPages([...missing, ...foreign], review)
    // The users are the same: some record is not the one that this node knows.
    if (missing.length + foreign.length === 0) await audit.reviewAll()
  }

  const audit: Audit = {
    onMissing(handle, known) {
      if (known !== null && connectionOf(known, handle.connectionId) !== undefined) lacked.set(handle, known)
      if (announcing.has(handle) || unannounced.has(handle)) return
      announcing.add(handle)
      announce(handle, lacked.get(handle) ?? known).then(
        () => {
          announcing.delete(handle)
          settleDeferred(handle)
        },
        (error: unknown) => {
          announcing.delete(handle)
          // Nobody can say here that it lives; where its page comes back, somebody can.
          if (isPresenceError(error) && error.code === 'newer-record') options.connections.end(handle, 'cut-off')
          // The store is away again. No comparison would find it: neither side counts what is missing.
          unannounced.add(handle)
          retryLater()
        },
      )
    },
    onUnheld(entry, connectionId, how) {
      // The store is away again: the next comparison finds it.
      ledger.submit(entry, { type: how, at: time.now(), connectionId }).catch(() => {})
    },
    onDeferred(handle, item) {
      const items = deferred.get(handle)
      if (items === undefined) deferred.set(handle, [item])
      else items.push(item)
      audit.onMissing(handle, null)
    },
    async compare(of, savesBefore) {
      if (digest.equals(of)) {
        differed = 0
        return
      }
      const isCertain = ledger.isQuiet() && ledger.saves() === savesBefore
      if (isLooking || (!isCertain && ++differed < DIFFER_AT_MOST)) return
      differed = 0
      isLooking = true
      try {
        await lookCloser()
      } finally {
        isLooking = false
      }
    },
    async reviewAll(wasCutOff = false) {
      if (wasCutOff) unproven = new Set(held().flatMap(heldOf))
      await reviewEach(heldUsers())
    },
    isDone: () => reviewing === 0 && unreviewed.size === 0 && announcing.size === 0 && unannounced.size === 0,
  }
  return audit
}
