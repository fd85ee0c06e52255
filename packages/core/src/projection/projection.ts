import type { Presence, PresenceChange, SweepResult } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'
import { isNewer, RECORD_FORMAT, type UserRecord, viewOf } from '../machine/index.ts'
import type { Page, PresenceStore } from '../store/contract.ts'
import type { TimerHandle } from '../time/clock.ts'
import { type Duration, toMs } from '../time/duration.ts'
import { createForgotten } from './forgotten.ts'
import { type ProjectedState, projectedOf, saysSame } from './projected-state.ts'
import { createWriteBehind, retryDelay } from './write-behind.ts'

/** The application's own rows, one per user, as an adapter reaches them. */
export interface ProjectionTarget {
  /**
   * Writes each state, unless the user's row carries the same or a higher (epoch, version); users without a row are left
   * out. Users of one call are different. May have been executed although it rejects. What a state itself makes
   * impossible rejects with a {@link PresenceError} `invalid-option` or `limit-exceeded`: the rest is tried without it.
   */
  write(states: readonly ProjectedState[]): Promise<void>
  /**
   * What the rows of these users say, by the ids that were asked for; epoch and version 0 where nothing was projected yet.
   * The `userId` of a row is that of `online`, which is another one where one row has several spellings.
   */
  read(userIds: readonly string[]): Promise<ReadonlyMap<string, ProjectedState>>
  /** Rows that say online, page by page. Those whose `userId` does not lead back to them are left out. */
  online(limit: number): AsyncIterable<readonly ProjectedState[]>
}

/** What {@link createProjection} takes. */
export interface ProjectionOptions {
  readonly presence: Pick<Presence, 'on' | 'off' | 'report' | 'clock' | 'freshness'>
  /** The store that `presence` was made with; rows are repaired from its records. */
  readonly store: Pick<PresenceStore, 'load' | 'list'>
  readonly target: ProjectionTarget
  /** How long changes are gathered, in ms. @default 1_000 */
  readonly batchMs?: number
  /** How often rows are compared with records; `false`: when `repair` is called, or changes were lost. @default '10m' */
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
   * The row of a user of whom there is no record is ended by a second repair, a minute later or more: a store that lost
   * everything is not known as one at once.
   */
  repair(options?: { readonly all?: boolean }): Promise<number>
  /** Writes what waits, and stops. */
  close(): Promise<void>
}

const PAGE = 256

/** A repair that came to its end, or stopped because nobody knew who is absent. */
interface Pass {
  readonly behind: number
  readonly isWhole: boolean
}

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
  const forgotten = createForgotten(clock)
  let timer: TimerHandle | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Changes were lost: a repair must come to its end, whatever `repairEvery` says. */
  let owed = false
  let failures = 0
  let closed = false

  const queue = createWriteBehind({
    clock,
    batchMs,
    write: (states) => target.write(states),
    onError: (error) => presence.report(error),
    onOverflow: () => owe(),
  })

  /** While a store that lost its data fills again, users who are missing are not absent. */
  const isKnown = () => !presence.freshness.warming && !presence.freshness.stale
  /** Queues what rows are behind of, and waits until it is written: a repair holds one page at a time. */
  const compare = async (states: readonly ProjectedState[], rowOf: ReadonlyMap<string, ProjectedState>) => {
    const behind = states.filter((state) => {
      const row = rowOf.get(state.userId)
      return row !== undefined && isNewer(state, row) && !saysSame(state, row)
    })
    for (const state of behind) queue.add(state)
    if (behind.length > 0) await queue.flush()
    return behind.length
  }
  /** @param onRow Called with each row, and the user it was asked for. */
  const repairUsers = async (
    query: { readonly status?: 'offline' },
    onRow: (userId: string, row: ProjectedState) => void,
  ): Promise<number> => {
    let behind = 0
    let cursor: string | null = null
    do {
      const page: Page<UserRecord> = await store.list({ ...query, as: 'others' }, cursor, PAGE)
      const states = page.items.filter(isReadable).map(stateOf)
      if (states.length > 0) {
        const rowOf = await target.read(states.map(({ userId }) => userId))
        for (const [userId, row] of rowOf) onRow(userId, row)
        behind += await compare(states, rowOf)
      }
      cursor = closed ? null : page.next
    } while (cursor !== null)
    return behind
  }
  /**
   * Rows of users who are absent or forgotten say online when the process that knew died.
   *
   * @param others Users whose row is somebody's who is present, by another spelling of the id.
   */
  const repairRows = async (others: ReadonlySet<string>): Promise<Pass> => {
    let behind = 0
    for await (const page of target.online(PAGE)) {
      const rows = page.filter(({ userId }) => !others.has(userId))
      const records = rows.length === 0 ? [] : await store.load(rows.map(({ userId }) => userId))
      if (!isKnown()) return { behind, isWhole: false }
      const states = rows.flatMap((row, i) => {
        const record = records[i] ?? null
        if (record === null) return forgotten.isSo(row) ? [forgottenState(row)] : []
        return isReadable(record) ? [stateOf(record)] : []
      })
      behind += await compare(states, new Map(rows.map((row) => [row.userId, row])))
      if (closed) break
    }
    return { behind, isWhole: true }
  }
  const pass = async (all: boolean): Promise<Pass> => {
    if (!isKnown()) return { behind: 0, isWhole: false }
    const others = new Set<string>()
    const present = await repairUsers({}, (userId, row) => row.userId !== userId && others.add(row.userId))
    const rows = await forgotten.inPass(() => repairRows(others))
    const absent = all ? await repairUsers({ status: 'offline' }, () => {}) : 0
    return { behind: present + rows.behind + absent, isWhole: rows.isWhole }
  }
  /** One pass after the other. */
  const repair = (all: boolean): Promise<Pass> => {
    const repairing = turn.then(() => pass(all))
    turn = repairing.catch(() => {})
    return repairing
  }
  const attempt = async () => {
    const isOwed = owed
    owed = false
    let isWhole = false
    try {
      isWhole = (await repair(false)).isWhole
    } catch (error) {
      if (!isOwed || failures === 0) presence.report(interrupted(error))
    }
    failures = isWhole ? 0 : failures + 1
    owed ||= isOwed && !isWhole
    if (timer === null) plan(owed ? retryDelay(batchMs, failures) : everyMs)
  }
  const plan = (delayMs: number | null) => {
    if (timer !== null) clock.clearTimer(timer)
    timer = null
    if (closed || delayMs === null) return
    timer = clock.setTimer(() => {
      timer = null
      void attempt()
    }, delayMs)
  }
  const owe = () => {
    owed = true
    plan(batchMs)
  }

  const onChange = ({ from, to, epoch, version }: PresenceChange) => {
    const state = projectedOf(to, { epoch, version })
    if (!saysSame(projectedOf(from, { epoch, version }), state)) queue.add(state)
  }
  /** What a dead node had saved it may not have written. */
  const onSweep = ({ deadNodes }: SweepResult) => {
    if (deadNodes > 0) owe()
  }
  presence.on('change', onChange).on('sweep', onSweep)
  if (everyMs !== null) plan(batchMs)

  return {
    flush: queue.flush,
    repair: async ({ all = false } = {}) => (await repair(all)).behind,
    async close() {
      if (closed) return
      closed = true
      plan(null)
      presence.off('change', onChange).off('sweep', onSweep)
      try {
        await turn
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
