import { PresenceError } from '../errors.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock } from '../time/clock.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import type { SweepResult } from './presence.ts'
import type { StoreTime } from './store-time.ts'
import type { Pending } from './user-entry.ts'

/** Ends what nobody else ended: deadlines that outlived their holder, and connections of dead nodes. */
export interface Sweeper {
  /** One pass. Passes never overlap: a second call joins the one that runs. */
  sweep(): Promise<SweepResult>
}

export interface SweeperOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly ledger: Ledger
  readonly lease: Lease
  /** The node keeps its lease by itself. */
  isRunning(): boolean
  /** Users per second whose connections on a dead node are given up. */
  readonly sweepRate: number
  readonly telemetry: Telemetry
  onError(error: PresenceError): void
}

const PAGE = 256
const ASIDE_MS = 20_000
const MAX_ASIDE_MS = 600_000
const MAX_SET_ASIDE = 10_000
const HELD_OFF: SweepResult = { due: 0, deadNodes: 0, lostUsers: 0, durationMs: 0, heldOff: true }

export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, time, ledger, lease, telemetry } = options
  /** Users who failed, who are left alone for a while that doubles with each failure. */
  const setAside = new Map<string, { readonly afterMs: number; readonly until: number }>()
  let running: Promise<SweepResult> | null = null

  /** Hands every item of a paged read to `each`, page by page. */
  const pages = async (
    read: (cursor: string | null) => Promise<{ items: readonly string[]; next: string | null }>,
    each: (items: readonly string[]) => Promise<void>,
  ) => {
    let cursor: string | null = null
    do {
      if (!options.isRunning()) await lease.renew()
      if (!mayEnd()) return
      const page: { items: readonly string[]; next: string | null } = await read(cursor)
      await each(page.items)
      cursor = page.next
    } while (cursor !== null)
  }

  /** One user that fails stops nobody; the failure was reported where it happened. */
  const submitAll = async (userIds: readonly string[], event: Pending['event']): Promise<void> => {
    const now = time.now()
    const tried = userIds.filter((userId) => (setAside.get(userId)?.until ?? 0) <= now)
    const results = await Promise.allSettled(tried.map((userId) => ledger.submit(ledger.users.entryOf(userId), event)))
    results.forEach(({ status }, i) => {
      const userId = tried[i] as string
      if (status === 'fulfilled') setAside.delete(userId)
      else putAside(userId, now)
    })
  }
  const putAside = (userId: string, now: number) => {
    const afterMs = Math.min(2 * (setAside.get(userId)?.afterMs ?? ASIDE_MS / 2), MAX_ASIDE_MS)
    if (setAside.size < MAX_SET_ASIDE || setAside.has(userId)) setAside.set(userId, { afterMs, until: now + afterMs })
  }

  const sweepDue = async (now: number): Promise<number> => {
    let count = 0
    await pages(
      (cursor) => store.due(now, cursor, PAGE),
      async (userIds) => {
        count += userIds.length
        // What this node remembers of a user may be older than what is due.
        await submitAll(userIds, { type: 'review' })
      },
    )
    return count
  }

  const sweepNode = async (nodeId: string): Promise<number> => {
    let count = 0
    await pages(
      (cursor) => store.usersOf(nodeId, cursor, PAGE),
      async (userIds) => {
        count += userIds.length
        const startedAt = clock.monotonic()
        await submitAll(userIds, { type: 'node-lost', at: time.now(), nodeId })
        const restMs = (userIds.length / options.sweepRate) * 1000 - (clock.monotonic() - startedAt)
        if (restMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, restMs))
      },
    )
    await store.removeNode(nodeId)
    return count
  }

  const pass = async (): Promise<SweepResult> => {
    const started = clock.monotonic()
    const now = time.now()
    const due = await sweepDue(now)
    const dead: string[] = []
    await pages(
      (cursor) => store.deadNodes(now, cursor, PAGE),
      async (nodeIds) => {
        dead.push(...nodeIds.filter((nodeId) => nodeId !== lease.nodeId))
      },
    )
    let lostUsers = 0
    for (const nodeId of dead) lostUsers += await sweepNode(nodeId)
    const durationMs = clock.monotonic() - started
    telemetry.timed('sweep', durationMs)
    telemetry.count('presence.swept', { users: due + lostUsers })
    return { due, deadNodes: dead.length, lostUsers, durationMs, heldOff: false }
  }

  /**
   * Nothing is ended while others may not have had time to come back, nor by a node that may be taken for dead itself. A
   * process without a lease takes one for the length of the pass, for only a renewal tells.
   */
  const passUnlessHeldOff = async (): Promise<SweepResult> => {
    if (options.isRunning()) return mayEnd() ? pass() : HELD_OFF
    await lease.renew()
    try {
      return mayEnd() ? await pass() : HELD_OFF
    } finally {
      await lease.giveUp()
    }
  }
  const mayEnd = () => lease.mayWrite() && lease.holdOffUntil() === 0

  return {
    sweep() {
      running ??= passUnlessHeldOff()
        .catch((error: unknown) => {
          throw error instanceof PresenceError
            ? error
            : new PresenceError('store-error', 'the sweep was interrupted; the next one goes on', {}, error)
        })
        .finally(() => {
          running = null
        })
      return running
    },
  }
}
