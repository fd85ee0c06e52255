import { PresenceError } from '../errors.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock } from '../time/clock.ts'
import type { Ledger } from './ledger.ts'
import type { SweepResult } from './presence.ts'
import type { StoreTime } from './store-time.ts'

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
  readonly nodeId: string
  /** Users per second whose connections on a dead node are given up. */
  readonly sweepRate: number
  readonly telemetry: Telemetry
  onError(error: PresenceError): void
}

const PAGE = 256

export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, time, ledger, telemetry } = options
  let running: Promise<SweepResult> | null = null

  /** Hands every item of a paged read to `each`, page by page. */
  const pages = async (
    read: (cursor: string | null) => Promise<{ items: readonly string[]; next: string | null }>,
    each: (items: readonly string[]) => Promise<void>,
  ) => {
    let cursor: string | null = null
    do {
      const page: { items: readonly string[]; next: string | null } = await read(cursor)
      await each(page.items)
      cursor = page.next
    } while (cursor !== null)
  }

  /** One user that fails stops nobody; the failure was reported where it happened. */
  const settleAll = (work: readonly Promise<unknown>[]) => Promise.allSettled(work)

  const sweepDue = async (now: number): Promise<number> => {
    let count = 0
    await pages(
      (cursor) => store.due(now, cursor, PAGE),
      async (userIds) => {
        count += userIds.length
        await settleAll(userIds.map((userId) => ledger.submit(ledger.users.entryOf(userId), { type: 'advance' })))
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
        const at = time.now()
        await settleAll(
          userIds.map((userId) => ledger.submit(ledger.users.entryOf(userId), { type: 'node-lost', at, nodeId })),
        )
        const pauseMs = (userIds.length / options.sweepRate) * 1000
        await new Promise<void>((resolve) => clock.setTimer(resolve, pauseMs))
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
        dead.push(...nodeIds.filter((nodeId) => nodeId !== options.nodeId))
      },
    )
    let lostUsers = 0
    for (const nodeId of dead) lostUsers += await sweepNode(nodeId)
    const durationMs = clock.monotonic() - started
    telemetry.timed('sweep', durationMs)
    telemetry.count('presence.swept', { users: due + lostUsers })
    return { due, deadNodes: dead.length, lostUsers, durationMs }
  }

  return {
    sweep() {
      running ??= pass()
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
