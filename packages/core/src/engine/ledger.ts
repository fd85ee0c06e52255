import { PresenceError } from '../errors.ts'
import { type Policy, RECORD_FORMAT, type UserRecord } from '../machine/index.ts'
import type { FeedChange, PresenceStore, Write, WriteResult } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock } from '../time/clock.ts'
import { type Decision, decide, hasNewInput, mergeQuiet, type Self } from './decide.ts'
import type { HeldHandle } from './held-connection.ts'
import { createKnowledge } from './knowledge.ts'
import type { Lease } from './lease.ts'
import { nextWake } from './next-wake.ts'
import { cannotSave, refusedAlone, whatWaits } from './outage.ts'
import { createSaveQueue } from './save-queue.ts'
import type { Saved } from './saved.ts'
import type { StoreTime } from './store-time.ts'
import type { Outcome, Pending, UserEntry } from './user-entry.ts'
import { createUserTable, type UserTable } from './user-table.ts'
import { FEED_LAG_MS } from './vanished.ts'
import { createWriter } from './writer.ts'

/** A user about whom the store is asked; `isChanged`: something of them waits to be saved. */
interface Doubtful {
  readonly entry: UserEntry
  readonly isChanged: boolean
}

export interface LedgerOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly policy: Policy
  readonly lease: Lease
  readonly flushEveryMs: number
  /** Users whose changes wait while the store is away. Above it, the changes are dropped. */
  readonly outageQueue: number
  /** Deadlines further away than this are left to the sweeper when no connection is held here. */
  readonly patienceMs: number
  readonly telemetry: Telemetry
  onSaved(saved: Saved): void
  /** Somebody else's state became known instead of `before`. */
  onLearned(entry: UserEntry, before: UserRecord | null, how: 'heard' | 'read', visible: boolean): void
  onError(error: PresenceError): void
  /** The store answers again, or does not. */
  onReachable(reachable: boolean): void
  /** An event named a connection that the record lacks, although it lives here. It is to be settled once that is announced. */
  onDeferred(handle: HeldHandle, item: Pending): void
  /** The store refused a write because the writer's lease is over. */
  onFenced(): void
  /** More users wait than may: what waited was dropped, and has to be found out anew. */
  onOverflow(): void
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
  learn(change: FeedChange): void
  /** Arms the next deadline, or lets go of an entry with nothing left to do. */
  rest(entry: UserEntry): void
  /** Nothing is queued or in flight. */
  isQuiet(): boolean
  /** How many calls saved something; two equal numbers mean that nothing was saved in between. */
  saves(): number
  /** The store answers again, or the lease stands again: what waits is tried now. */
  wake(): void
  /** Resolves when nothing is queued or in flight. */
  drained(): Promise<void>
  dispose(): void
}

const NONE: readonly never[] = []

export function createLedger(options: LedgerOptions): Ledger {
  const { store, clock, time, policy, lease, flushEveryMs, telemetry } = options
  const writer = createWriter(lease, policy)
  let saves = 0
  let disposed = false
  /** The hold-off at the moment when a batch is concluded, so that it is found out once; `null`: not known. */
  let holdOffUntil: number | null = null
  const users = createUserTable(clock, time, (entry) => queue.add(entry))
  const knowledge = createKnowledge({ ...options, users })
  const queue = createSaveQueue({
    clock,
    mayWork: lease.mayWrite,
    work: (batch) => decideAndSave(batch),
    answers: () =>
      store.now().then(
        () => true,
        () => false,
      ),
    onRecovered: () => options.onReachable(true),
    onHeldUp(waiting, error, retryInMs) {
      const failure = cannotSave(lease.nodeId, error, { users: waiting.length, retryInMs })
      telemetry.count('store.failed', { call: 'save' })
      for (const entry of waiting) keepWaiting(entry, failure)
      options.onReachable(false)
      options.onError(failure)
      if (waiting.length > options.outageQueue) dropWaiting(waiting.length)
    },
    onSetAside(entry, error, retryInMs) {
      const failure = refusedAlone(entry.userId, error, retryInMs)
      telemetry.count('store.failed', { call: 'save' })
      keepWaiting(entry, failure)
      options.onError(failure)
    },
  })

  /** Tells everyone who waits that the store failed. What was asked for stays queued. */
  const keepWaiting = (entry: UserEntry, failure: PresenceError): void => {
    if (entry.pending.length === 0) return
    for (const item of entry.pending) item.reject(failure)
    entry.pending = whatWaits(entry.pending, time.now())
  }

  /** Connections are announced, and ends of theirs said again, from what their handles know. */
  const dropWaiting = (users: number): void => {
    const failure = new PresenceError(
      'limit-exceeded',
      `changes of ${users} users waited for the store, more than ${options.outageQueue}: they were dropped; connections are announced when it is back`,
      { users, limit: options.outageQueue },
    )
    for (const entry of queue.clear()) {
      // Most were told already that the store failed.
      for (const { reject } of entry.pending) reject(failure)
      entry.pending = NONE
      knowledge.drop(entry)
      ledger.rest(entry)
    }
    options.onOverflow()
    options.onError(failure)
  }

  /** Somebody who connects for the first time here is most likely new, and a conflict brings the record anyway; everybody else's is read first. */
  const needsLoad = (entry: UserEntry): boolean => {
    if (entry.stored !== undefined) return knowledge.isDoubtful(entry)
    for (let handle = entry.held; handle !== null; handle = handle.next) if (handle.state !== 'opening') return true
    for (const { event } of entry.pending) if (event.type !== 'open' || event.resumes !== null) return true
    return entry.pending.length === 0
  }

  const decideAndSave = async (batch: readonly UserEntry[]): Promise<boolean> => {
    const unknown = batch.filter(needsLoad)
    if (unknown.length > 0) await knowledge.load(unknown)
    const now = time.now()
    const self = { nodeId: lease.nodeId, flushEveryMs, holdsOff: lease.holdOffUntil() > now }
    const writes: Write[] = []
    const writing: { entry: UserEntry; decision: Decision; pending: readonly Pending[] }[] = []
    const doubtful: Doubtful[] = []
    for (const entry of batch) {
      if (!knowledge.mayDecide(entry)) {
        queue.defer(entry, FEED_LAG_MS)
        continue
      }
      const { pending } = entry
      const decision = attempt(entry, pending, now, self)
      if (decision === null) {
        // Read anew the next time: what cannot be handled now may have been mended by then.
        entry.stored = undefined
        users.release(entry)
        continue
      }
      const isChanged = decision.record !== (entry.stored ?? null)
      if (isChanged && (decision.urgent || (decision.flushAt ?? 0) <= now)) {
        writing.push({ entry, decision, pending })
        writes.push(writer.write(entry, decision, now))
      } else if (decision.needsConfirmation && !unknown.includes(entry)) {
        // Also where something else waits to be saved: no save will tell soon what stands.
        doubtful.push({ entry, isChanged })
      } else wait(entry, pending, isChanged)
    }
    if (doubtful.length > 0) await confirm(doubtful)
    if (writes.length === 0) return true
    // A read may have taken until now.
    if (!lease.mayWrite()) return false
    const started = clock.monotonic()
    const results = await store.save(writes).catch((error: unknown) => {
      for (const [i, { entry, decision }] of writing.entries()) {
        knowledge.doubt(entry, (writes[i] as Write).record, decision.changes)
      }
      throw error
    })
    telemetry.timed('store.save', clock.monotonic() - started)
    telemetry.count('store.saved', { records: writes.length })
    saves++
    holdOffUntil = lease.holdOffUntil()
    let fenced = false
    for (let i = 0; i < writing.length; i++) {
      const { entry, decision, pending } = writing[i] as (typeof writing)[number]
      const result = results[i] as WriteResult
      const { record } = writes[i] as Write
      if (result.ok || isOurs(result, record)) conclude(entry, decision, pending, record)
      else if (result.reason === 'conflict') meet(entry, result.standing)
      else fenced = true
    }
    holdOffUntil = null
    if (fenced) options.onFenced()
    return !fenced
  }

  /** One user whose record cannot be handled must not stop the others. */
  const attempt = (entry: UserEntry, pending: readonly Pending[], now: number, self: Self): Decision | null => {
    try {
      if (entry.stored != null && entry.stored.format > RECORD_FORMAT) {
        throw new PresenceError(
          'newer-record',
          `the record of ${entry.userId} has format ${entry.stored.format}; this version knows formats up to ${RECORD_FORMAT}: update it`,
          { userId: entry.userId, format: entry.stored.format },
        )
      }
      return decide(entry, users.quietOf(entry), pending, users.inputs, now, policy, self)
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

  /** What is not about a connection held here changed nothing as far as this node knows: the stored record decides. */
  const confirm = async (doubtful: readonly Doubtful[]): Promise<void> => {
    const asked = doubtful.map(({ entry }) => ({ rev: entry.stored?.rev, pending: entry.pending }))
    await knowledge.load(doubtful.map(({ entry }) => entry))
    doubtful.forEach(({ entry, isChanged }, i) => {
      const { rev, pending } = asked[i] as (typeof asked)[number]
      if (entry.stored?.rev === rev) wait(entry, pending, isChanged)
      else requeue(entry)
    })
  }

  /** Nothing is saved now: whoever waited is told, and what nobody can see of it is kept for later. */
  const wait = (entry: UserEntry, pending: readonly Pending[], isChanged: boolean): void => {
    users.setQuiet(entry, isChanged ? mergeQuiet(users.quietOf(entry), pending) : NONE)
    settle(entry, pending)
  }

  /** Another state stands than the one that was to be replaced. */
  const meet = (entry: UserEntry, standing: UserRecord | null): void => {
    telemetry.count('store.conflicts', {})
    knowledge.meet(entry, standing)
    requeue(entry)
  }

  const conclude = (
    entry: UserEntry,
    decision: Decision,
    pending: readonly Pending[],
    saved: UserRecord | null,
  ): void => {
    const before = entry.stored ?? null
    entry.stored = saved
    users.setQuiet(entry, NONE)
    options.onSaved({ entry, before, after: saved, changes: decision.changes })
    settle(entry, pending)
  }

  /** Tells everyone who waited, and goes on with what came meanwhile. */
  const settle = (entry: UserEntry, pending: readonly Pending[]): void => {
    const record = entry.stored ?? null
    entry.pending = entry.pending.length === pending.length ? NONE : entry.pending.slice(pending.length)
    entry.busy = false
    let isOver = false
    for (const item of pending) {
      const missing = isAboutNobody(item) ? missingHandleOf(entry, item) : undefined
      if (missing?.isLive) options.onDeferred(missing, item)
      else item.resolve({ verdict: item.verdict, record })
      isOver ||= missing !== undefined
    }
    // The end of a connection that was over before: there is no save to tell its handle.
    if (isOver) options.onLearned(entry, record, 'read', false)
    knowledge.catchUp(entry)
    if (entry.pending.length > 0 || knowledge.isOwedATurn(entry)) {
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
    submit({ userId }, event) {
      // Whoever asks may have waited so long that the user was let go of, and came again.
      const entry = users.entryOf(userId)
      return new Promise((resolve, reject) => {
        if (disposed) return reject(new PresenceError('not-running', 'this presence was stopped'))
        if (queue.isHeldUp())
          reject(cannotSave(lease.nodeId, lease.mayWrite() ? undefined : null, { users: queue.size() }))
        // Whoever connects tries again by himself; to forget later would erase what came after it.
        if (queue.isHeldUp() && (event.type === 'open' || event.type === 'forget')) return
        const item: Pending = { event, verdict: 'unchanged', resolve, reject }
        entry.pending = entry.pending.length === 0 ? [item] : [...entry.pending, item]
        queue.add(entry)
      })
    },
    notice(entry) {
      users.armBy(entry, time.now() + flushEveryMs)
    },
    learn(change) {
      const entry = users.peek(change.userId)
      if (entry === undefined) return
      if (entry.busy) {
        knowledge.hear(entry, change)
        return
      }
      knowledge.takeOver(entry, change)
      if (entry.pending.length > 0 || knowledge.isOwedATurn(entry)) queue.add(entry)
      else ledger.rest(entry)
    },
    rest(entry) {
      // A record that is not known now was known when the entry's deadline was armed.
      if (entry.busy || disposed || (entry.stored === undefined && entry.held !== null)) return
      const at = wakeOf(entry)
      if (
        entry.held !== null ||
        users.quietOf(entry).length > 0 ||
        (at !== null && at - time.now() <= options.patienceMs)
      ) {
        users.arm(entry, at)
      } else {
        users.release(entry)
      }
    },
    isQuiet: () => queue.size() === 0,
    saves: () => saves,
    wake: queue.wake,
    drained: queue.drained,
    dispose() {
      disposed = true
      const failure = new PresenceError('not-running', 'this presence was stopped before the store took it')
      for (const { pending } of users.entries()) for (const { reject } of pending) reject(failure)
      queue.dispose()
      users.dispose()
    },
  }

  /** The record's next deadline, or the moment until which a sign of life may wait. */
  const wakeOf = (entry: UserEntry): number | null => {
    const until = holdOffUntil ?? lease.holdOffUntil()
    const self = { nodeId: lease.nodeId, flushEveryMs, holdsOff: until > 0 }
    const isMore = users.quietOf(entry).length > 0 || hasNewInput(entry, users.inputs)
    const decision = isMore ? attempt(entry, NONE, time.now(), self) : null
    const record = decision?.record ?? entry.stored ?? null
    return record === null ? null : nextWake(record, decision?.flushAt ?? null, policy, lease.nodeId, until)
  }

  return ledger
}

/** A write that was executed twice meets itself. */
function isOurs(result: WriteResult, written: UserRecord | null): boolean {
  return !result.ok && result.reason === 'conflict' && (result.standing?.rev ?? null) === (written?.rev ?? null)
}

/** It named a connection that the record does not have. */
function isAboutNobody({ verdict }: Pending): boolean {
  return verdict === 'no-connection' || verdict === 'unbindable'
}

/** The connection that an event names, if it is held here and the record lacks it. */
function missingHandleOf(entry: UserEntry, { event }: Pending): HeldHandle | undefined {
  const connectionId =
    'connectionId' in event ? event.connectionId : event.type === 'claim' ? event.claim.connectionId : null
  if (entry.stored?.connections.some(({ id }) => id === connectionId)) return undefined
  for (let handle = entry.held; handle !== null; handle = handle.next) {
    if (handle.connectionId === connectionId) return handle
  }
  return undefined
}
