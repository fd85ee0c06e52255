import type { Presence, PresenceChange, SweepResult } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'
import { isNewer, RECORD_FORMAT, type UserRecord, viewOf } from '../machine/index.ts'
import type { Page, PresenceStore } from '../store/contract.ts'
import type { TimerHandle } from '../time/clock.ts'
import { type Duration, toMs } from '../time/duration.ts'
import { type ProjectedState, projectedOf, saysSame } from './projected-state.ts'
import { createWriteBehind } from './write-behind.ts'

/** The application's own rows, one per user, as an adapter reaches them. */
export interface ProjectionTarget {
  /**
   * Writes each state, unless the user's row carries the same or a higher (epoch, version); users without a row are left
   * out. Users of one call are different. May have been executed although it rejects. What a state itself makes
   * impossible rejects with a {@link PresenceError} that is not retryable: the rest is tried without it.
   */
  write(states: readonly ProjectedState[]): Promise<void>
  /** What the rows of these users say, in any order; epoch and version 0 where nothing was projected yet. */
  read(userIds: readonly string[]): Promise<readonly ProjectedState[]>
  /** Rows that say online, in an order that does not move. */
  online(cursor: string | null, limit: number): Promise<Page<ProjectedState>>
}

/** What {@link createProjection} takes. */
export interface ProjectionOptions {
  readonly presence: Pick<Presence, 'on' | 'off' | 'report' | 'clock' | 'freshness'>
  /** The store that `presence` was made with; rows are repaired from its records. */
  readonly store: Pick<PresenceStore, 'load' | 'list'>
  readonly target: ProjectionTarget
  /** How long changes are gathered, in ms. @default 1_000 */
  readonly batchMs?: number
  /** How often rows are compared with records; `false`: only when `repair` is called. @default '10m' */
  readonly repairEvery?: Duration | false
}

/** The application's own rows, kept at what others see. Made by an adapter. */
export interface Projection {
  /** Writes now what waits; resolves once written. */
  flush(): Promise<void>
  /**
   * Compares rows with records and writes those that are behind, also because a process died before it had written.
   * Reads all present users and all rows that say online; with `all` absent users too, whose stamps may be behind.
   * Resolves with the number of rows found behind; 0 while the store is away or fills again, for nobody is absent then.
   */
  repair(options?: { readonly all?: boolean }): Promise<number>
  /** Writes what waits, and stops. */
  close(): Promise<void>
}

const PAGE = 256

/**
 * Writes what others see of users to rows of the application, in batches, and only what changed. Each process writes
 * the changes that it saved; their keys keep late ones from overwriting newer ones. For authors of adapters.
 */
export function createProjection(options: ProjectionOptions): Projection {
  const { presence, store, target, batchMs = 1000, repairEvery = '10m' } = options
  const { clock } = presence
  if (!Number.isFinite(batchMs) || batchMs <= 0) {
    throw new PresenceError('invalid-option', `batchMs is ${batchMs}; give milliseconds above 0`, { batchMs })
  }
  const everyMs = repairEvery === false ? null : toMs(repairEvery, 'repairEvery')
  let timer: TimerHandle | null = null
  let repairing: Promise<number> | null = null
  let closed = false

  const queue = createWriteBehind({
    clock,
    batchMs,
    write: (states) => target.write(states),
    onError: (error) => presence.report(error),
    onOverflow: () => plan(batchMs),
  })

  /** Queues what rows are behind of, and waits until it is written: a repair holds one page at a time. */
  const compare = async (states: readonly ProjectedState[], rows: readonly ProjectedState[]): Promise<number> => {
    const rowOf = new Map(rows.map((row) => [row.userId, row]))
    const behind = states.filter((state) => {
      const row = rowOf.get(state.userId)
      return row !== undefined && isNewer(state, row) && !saysSame(state, row)
    })
    for (const state of behind) queue.add(state)
    if (behind.length > 0) await queue.flush()
    return behind.length
  }
  const repairUsers = async (query: { readonly status?: 'offline' }): Promise<number> => {
    let behind = 0
    let cursor: string | null = null
    do {
      const page: Page<UserRecord> = await store.list({ ...query, as: 'others' }, cursor, PAGE)
      const states = page.items.filter(isReadable).map(stateOf)
      if (states.length > 0) behind += await compare(states, await target.read(states.map(({ userId }) => userId)))
      cursor = closed ? null : page.next
    } while (cursor !== null)
    return behind
  }
  /** Rows of users who are absent or forgotten say online when the process that knew died. */
  const repairRows = async (): Promise<number> => {
    let behind = 0
    let cursor: string | null = null
    do {
      const page: Page<ProjectedState> = await target.online(cursor, PAGE)
      const records = page.items.length === 0 ? [] : await store.load(page.items.map(({ userId }) => userId))
      const states = page.items.flatMap((row, i) => {
        const record = records[i] ?? null
        if (record === null) return [forgottenState(row)]
        return isReadable(record) ? [stateOf(record)] : []
      })
      behind += await compare(states, page.items)
      cursor = closed ? null : page.next
    } while (cursor !== null)
    return behind
  }
  const pass = async (all: boolean): Promise<number> => {
    // While a store that lost its data fills again, users who are missing are not absent.
    if (presence.freshness.warming || presence.freshness.stale) return 0
    const present = await repairUsers({})
    const rows = await repairRows()
    return present + rows + (all ? await repairUsers({ status: 'offline' }) : 0)
  }
  const repair = async (all: boolean): Promise<number> => {
    await repairing?.catch(() => {})
    repairing = pass(all).finally(() => {
      repairing = null
    })
    return repairing
  }
  const plan = (delayMs: number | null) => {
    if (timer !== null) clock.clearTimer(timer)
    timer = null
    if (closed || delayMs === null) return
    timer = clock.setTimer(() => {
      timer = null
      repair(false)
        .catch((error: unknown) => presence.report(interrupted(error)))
        .finally(() => timer === null && plan(everyMs))
    }, delayMs)
  }

  const onChange = ({ from, to, epoch, version }: PresenceChange) => {
    const state = projectedOf(to, { epoch, version })
    if (!saysSame(projectedOf(from, { epoch, version }), state)) queue.add(state)
  }
  /** What a dead node had saved it may not have written. */
  const onSweep = ({ deadNodes }: SweepResult) => {
    if (deadNodes > 0) plan(batchMs)
  }
  presence.on('change', onChange).on('sweep', onSweep)
  if (everyMs !== null) plan(batchMs)

  return {
    flush: queue.flush,
    repair: ({ all = false } = {}) => repair(all),
    async close() {
      if (closed) return
      closed = true
      plan(null)
      presence.off('change', onChange).off('sweep', onSweep)
      try {
        await repairing?.catch(() => {})
        await queue.flush()
      } finally {
        queue.stop()
      }
    },
  }
}

/** Nobody knows what a record of a newer version of the library says. */
function isReadable({ format }: UserRecord): boolean {
  return format <= RECORD_FORMAT
}

function stateOf(record: UserRecord): ProjectedState {
  return projectedOf(viewOf(record, record.userId, 'others'), record)
}

/** Who is forgotten has one more version, in which there is nothing. */
function forgottenState({ userId, epoch, version }: ProjectedState): ProjectedState {
  return projectedOf(viewOf(null, userId, 'others'), { epoch, version: version + 1 })
}

function interrupted(error: unknown): PresenceError {
  return isPresenceError(error)
    ? error
    : new PresenceError('store-error', 'the repair of the projection was interrupted; the next one goes on', {}, error)
}
