import { PresenceError } from '../errors.ts'
import {
  type Change,
  entriesOf,
  type FeedTopic,
  isNewer,
  type Policy,
  RECORD_FORMAT,
  seal,
  topicsOf,
  type UserRecord,
  wakeAt,
} from '../machine/index.ts'
import type { PresenceStore, Write, WriteResult } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock } from '../time/clock.ts'
import { type Decision, decide, mergeQuiet, publishedTo } from './decide.ts'
import type { ChangeNote } from './rosters.ts'
import { createSaveQueue } from './save-queue.ts'
import type { StoreTime } from './store-time.ts'
import type { Outcome, Pending, UserEntry } from './user-entry.ts'
import { createUserTable, type UserTable } from './user-table.ts'

/** One state replaced another in the store, and this node did it. */
export interface Saved {
  readonly entry: UserEntry
  readonly before: UserRecord | null
  readonly after: UserRecord | null
  /** Empty when nobody can see a difference. */
  readonly changes: readonly Change[]
}

export interface LedgerOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly policy: Policy
  readonly nodeId: string
  readonly flushEveryMs: number
  /** Deadlines further away than this are left to the sweeper when no connection is held here. */
  readonly patienceMs: number
  readonly telemetry: Telemetry
  onSaved(saved: Saved): void
  /** Somebody else's state became known. */
  onLearned(entry: UserEntry): void
  onError(error: PresenceError): void
  /** The store answers again, or does not. */
  onReachable(reachable: boolean): void
}

/**
 * Turns events into saved records: per user in order, decided in memory and saved once. A save goes out at once unless
 * a call is in flight; then it joins the next batch. Events that come while a user's save is in flight fold into the
 * next one; a conflict decides them again on the record that came back. While the store is away they wait.
 */
export interface Ledger {
  readonly users: UserTable
  /** Resolves once saved, or once it is certain that there is nothing to save. */
  submit(entry: UserEntry, event: Pending['event']): Promise<Outcome>
  /** A connection at rest had input: it is stored within `flushEvery`. */
  notice(entry: UserEntry): void
  /** Takes over a state that another node saved. */
  learn(userId: string, record: UserRecord | null): void
  /** Arms the next deadline, or lets go of an entry with nothing left to do. */
  rest(entry: UserEntry): void
  /** Resolves when nothing is queued or in flight. */
  drained(): Promise<void>
  dispose(): void
}

/** A node whose lease is over waits for its next renewal. */
const FENCED_RETRY_MS = 1000
const NONE: readonly never[] = []

export function createLedger(options: LedgerOptions): Ledger {
  const { store, clock, time, policy, nodeId, flushEveryMs, telemetry } = options
  let counter = 0
  let lastEpoch = 0
  let disposed = false
  const self = { nodeId, flushEveryMs }
  const ownTopic: FeedTopic = `node:${nodeId}`
  const users = createUserTable(clock, time, (entry) => queue.add(entry))
  const queue = createSaveQueue({
    clock,
    work: (batch) => decideAndSave(batch),
    onRecovered: () => options.onReachable(true),
    onFailed(kept, error, retryInMs) {
      const failure = new PresenceError(
        'store-error',
        `the store failed; the changes of ${kept.length} users are kept and saved when it is back`,
        { users: kept.length, retryInMs },
        error,
      )
      telemetry.count('store.failed', { call: 'save' })
      for (const entry of kept) refuseWaiting(entry, failure)
      options.onReachable(false)
      options.onError(failure)
    },
  })

  /**
   * Tells everyone who waits that the store failed. What was asked for stays queued, but for connects: whoever connects
   * tries again by himself. The failed call may have been executed all the same, so the connection is reported lost.
   */
  const refuseWaiting = (entry: UserEntry, failure: PresenceError): void => {
    for (const { reject } of entry.pending) reject(failure)
    entry.pending = entry.pending.map((item) =>
      item.event.type === 'open'
        ? { ...item, event: { type: 'lost', at: time.now(), connectionId: item.event.opening.connectionId } }
        : item,
    )
  }

  const load = async (entries: readonly UserEntry[]): Promise<void> => {
    const started = clock.monotonic()
    const records = await store.load(entries.map(({ userId }) => userId))
    telemetry.timed('store.load', clock.monotonic() - started)
    entries.forEach((entry, i) => {
      entry.stored = records[i] ?? null
    })
  }

  /** Somebody who connects for the first time here is most likely new, and a conflict brings the record anyway; everybody else's is read first. */
  const needsLoad = (entry: UserEntry): boolean => {
    if (entry.stored !== undefined) return false
    for (let handle = entry.held; handle !== null; handle = handle.next) if (handle.state !== 'opening') return true
    for (const { event } of entry.pending) if (event.type !== 'open' || event.resumes !== null) return true
    return entry.pending.length === 0
  }

  const decideAndSave = async (batch: readonly UserEntry[]): Promise<void> => {
    const unknown = batch.filter(needsLoad)
    if (unknown.length > 0) await load(unknown)
    const now = time.now()
    const writes: Write[] = []
    const writing: { entry: UserEntry; decision: Decision; pending: readonly Pending[] }[] = []
    const doubtful: UserEntry[] = []
    for (const entry of batch) {
      const { pending } = entry
      const decision = attempt(entry, pending, now)
      if (decision === null) continue
      const stored = entry.stored ?? null
      if (decision.record === stored && decision.needsConfirmation && !unknown.includes(entry)) {
        doubtful.push(entry)
      } else if (decision.record === stored || !(decision.urgent || (decision.flushAt ?? 0) <= now)) {
        entry.quiet = decision.record === stored ? NONE : mergeQuiet(entry.quiet, pending)
        settle(entry, pending)
      } else {
        writing.push({ entry, decision, pending })
        writes.push(writeOf(entry, stored, decision, now))
      }
    }
    if (doubtful.length > 0) await confirm(doubtful)
    if (writes.length === 0) return
    const started = clock.monotonic()
    const results = await store.save(writes)
    telemetry.timed('store.save', clock.monotonic() - started)
    telemetry.count('store.saved', { records: writes.length })
    for (let i = 0; i < writing.length; i++) {
      const { entry, decision, pending } = writing[i] as (typeof writing)[number]
      conclude(entry, decision, pending, (writes[i] as Write).record, results[i] as WriteResult)
    }
  }

  /** One user whose record cannot be handled must not stop the others. */
  const attempt = (entry: UserEntry, pending: readonly Pending[], now: number): Decision | null => {
    try {
      if (entry.stored != null && entry.stored.format > RECORD_FORMAT) {
        throw new PresenceError(
          'newer-record',
          `the record of ${entry.userId} has format ${entry.stored.format}; this version knows formats up to ${RECORD_FORMAT}: update it`,
          { userId: entry.userId, format: entry.stored.format },
        )
      }
      return decide(entry, pending, users.inputs, now, policy, self)
    } catch (error) {
      const failure =
        error instanceof PresenceError
          ? error
          : new PresenceError(
              'store-error',
              `the record of ${entry.userId} cannot be handled`,
              { userId: entry.userId },
              error,
            )
      entry.pending = entry.pending.slice(pending.length)
      entry.busy = false
      for (const { reject } of pending) reject(failure)
      options.onError(failure)
      return null
    }
  }

  /** A word on a claim or message that changed nothing as far as this node knows: the stored record decides. */
  const confirm = async (entries: readonly UserEntry[]): Promise<void> => {
    const known = entries.map(({ stored }) => stored?.rev)
    await load(entries)
    entries.forEach((entry, i) => {
      if (entry.stored?.rev === known[i]) settle(entry, entry.pending)
      else requeue(entry)
    })
  }

  const writeOf = (entry: UserEntry, stored: UserRecord | null, decision: Decision, now: number): Write => {
    const { record, changes } = decision
    const sealed = record === null ? null : seal(stored, record, { rev: `${nodeId}:${++counter}`, now, lastEpoch })
    if (sealed !== null && stored === null) lastEpoch = sealed.epoch
    const topics = publishedTo(topicsOf(stored, sealed), changes.length > 0 || sealed === null, ownTopic)
    const note: ChangeNote = { topics, change: changes[changes.length - 1] ?? null }
    return {
      userId: entry.userId,
      record: sealed,
      expected: stored?.rev ?? null,
      writer: nodeId,
      index: sealed === null ? null : entriesOf(sealed, policy),
      topics,
      change: {
        userId: entry.userId,
        epoch: sealed?.epoch ?? stored?.epoch ?? 0,
        version: sealed?.version ?? (stored?.version ?? 0) + 1,
        record: sealed,
        note,
      },
    }
  }

  const conclude = (
    entry: UserEntry,
    decision: Decision,
    pending: readonly Pending[],
    saved: UserRecord | null,
    result: WriteResult,
  ): void => {
    if (!result.ok) {
      telemetry.count('store.conflicts', {})
      if (result.reason === 'conflict') {
        entry.stored = result.standing
        requeue(entry)
      } else {
        options.onError(
          new PresenceError('store-error', `node ${nodeId} lost its lease; the change of ${entry.userId} waits`, {
            nodeId,
            userId: entry.userId,
          }),
        )
        clock.setTimer(() => requeue(entry), FENCED_RETRY_MS)
      }
      return
    }
    const before = entry.stored ?? null
    entry.stored = saved
    entry.quiet = NONE
    options.onSaved({ entry, before, after: saved, changes: decision.changes })
    settle(entry, pending)
  }

  /** Tells everyone who waited, and goes on with what came meanwhile. */
  const settle = (entry: UserEntry, pending: readonly Pending[]): void => {
    const record = entry.stored ?? null
    entry.pending = entry.pending.length === pending.length ? NONE : entry.pending.slice(pending.length)
    entry.busy = false
    for (const { resolve, verdict } of pending) resolve({ verdict, record })
    if (entry.pending.length > 0) {
      queue.add(entry)
      return
    }
    ledger.rest(entry)
    users.remember(entry)
  }

  const requeue = (entry: UserEntry): void => {
    entry.busy = false
    queue.add(entry)
  }

  const ledger: Ledger = {
    users,
    submit(entry, event) {
      return new Promise((resolve, reject) => {
        const item: Pending = { event, verdict: 'unchanged', resolve, reject }
        entry.pending = entry.pending.length === 0 ? [item] : [...entry.pending, item]
        queue.add(entry)
      })
    },
    notice(entry) {
      users.armBy(entry, time.now() + flushEveryMs)
    },
    learn(userId, record) {
      const entry = users.peek(userId)
      // A call in flight meets the other node's state as a conflict.
      if (entry === undefined || entry.busy) return
      if (record !== null && entry.stored != null && !isNewer(record, entry.stored)) return
      entry.stored = record
      options.onLearned(entry)
      ledger.rest(entry)
    },
    rest(entry) {
      // A record that is not known now was known when the entry's deadline was armed.
      if (entry.busy || disposed || (entry.stored === undefined && entry.held !== null)) return
      const at = nextWake(entry)
      if (entry.held !== null || entry.quiet.length > 0 || (at !== null && at - time.now() <= options.patienceMs)) {
        users.arm(entry, at)
      } else {
        users.release(entry)
      }
    },
    drained: queue.drained,
    dispose() {
      disposed = true
      queue.dispose()
      users.dispose()
    },
  }

  /** The record's next deadline, or the moment until which a sign of life may wait. */
  const nextWake = (entry: UserEntry): number | null => {
    const stored = entry.stored ?? null
    if (stored === null) return null
    const decision = entry.quiet.length > 0 || hasNewInput(entry) ? attempt(entry, NONE, time.now()) : null
    const deadline = wakeAt(decision?.record ?? stored, policy, nodeId)
    const flushAt = decision?.flushAt ?? null
    if (deadline === null || flushAt === null) return deadline ?? flushAt
    return Math.min(deadline, flushAt)
  }

  const hasNewInput = (entry: UserEntry): boolean => {
    const known = entry.stored?.lastActiveAt ?? 0
    for (let handle = entry.held; handle !== null; handle = handle.next) {
      if ((users.inputs[handle.slot] as number) > known) return true
    }
    return false
  }

  return ledger
}
