import { type Change, isNewer, type UserRecord } from '../machine/index.ts'
import type { FeedChange, PresenceStore } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock } from '../time/clock.ts'
import { connectionOf, endReason } from './end-reason.ts'
import { createLostAnswers } from './lost-answers.ts'
import type { Saved } from './saved.ts'
import type { StoreTime } from './store-time.ts'
import type { Pending, UserEntry } from './user-entry.ts'
import type { UserTable } from './user-table.ts'
import { createVanished } from './vanished.ts'

/**
 * What this node knows of the users it has entries of: what the store said last, and what the feed said since. Finds out
 * what a store lost although it had confirmed it, and has it counted again.
 */
export interface Knowledge {
  /** Reads what stands of users now. Rejects if the store does. */
  load(entries: readonly UserEntry[]): Promise<void>
  /** Another state stands than the one that was to be replaced. */
  meet(entry: UserEntry, standing: UserRecord | null): void
  /** A write may have been executed or not. */
  doubt(entry: UserEntry, written: UserRecord | null, changes: readonly Change[]): void
  /** Nothing may be decided about the user before the store was asked: a write of theirs has no answer. */
  isDoubtful(entry: UserEntry): boolean
  /** The user's turn, of whom the store had nothing any more: `false` until the feed had time to say that they were forgotten. */
  mayDecide(entry: UserEntry): boolean
  /** The user's turn must come, whether anything waits or not. */
  isOwedATurn(entry: UserEntry): boolean
  /** Another node saved something while a call about the same user is in flight here. */
  hear(entry: UserEntry, change: FeedChange): void
  /** Takes over what was heard meanwhile. */
  catchUp(entry: UserEntry): void
  /** Takes over what another node saved, if it is news. */
  takeOver(entry: UserEntry, change: FeedChange): void
  /** What was heard meanwhile is to be read anew. */
  drop(entry: UserEntry): void
}

export interface KnowledgeOptions {
  readonly store: PresenceStore
  readonly clock: Clock
  readonly time: StoreTime
  readonly users: Pick<UserTable, 'remember'>
  readonly telemetry: Telemetry
  /** A write whose answer was lost turns out to have been executed. */
  onSaved(saved: Saved): void
  /** Somebody else's state became known instead of `before`. */
  onLearned(entry: UserEntry, before: UserRecord | null, how: 'heard' | 'read', visible: boolean): void
}

export function createKnowledge(options: KnowledgeOptions): Knowledge {
  const { store, clock, time, users, telemetry } = options
  const lostAnswers = createLostAnswers()
  const vanished = createVanished()
  /** What other nodes saved last while a call about the same user was in flight, and whether they forgot the user in between. */
  const heardMeanwhile = new Map<UserEntry, { readonly latest: FeedChange; readonly forgotten: FeedChange | null }>()

  /** Takes over what the store says. */
  const receive = (entry: UserEntry, record: UserRecord | null): void => {
    const known = entry.stored ?? null
    entry.stored = record
    const lost = lostAnswers.resolve(entry, record)
    if (lost !== undefined) {
      // What is known may be the very state that was saved, for the feed told of it.
      options.onSaved({ entry, ...lost, after: record })
      return
    }
    findLoss(entry, known, record)
  }

  /** Whether something is gone that the store had confirmed: it counts again. A user nobody is held of here is not missed here. */
  const findLoss = (entry: UserEntry, known: UserRecord | null, standing: UserRecord | null): void => {
    if (known === null || entry.held === null) return
    if (isBegunAnew(entry, standing, known, time.now())) vanished.add(entry, known)
    else if (isInsteadOf(standing, known)) restore(entry, known)
  }

  const restore = (entry: UserEntry, known: UserRecord): void => {
    entry.pending = [
      { event: { type: 'restore', at: time.now(), record: known }, verdict: 'unchanged', resolve() {}, reject() {} },
      ...entry.pending,
    ]
  }

  /** The feed had time to say that the user was forgotten; if it did not, the store lost them. */
  const concludeVanished = (entry: UserEntry, known: UserRecord): void => {
    const heard = heardMeanwhile.get(entry)
    if (heard === undefined || heard.forgotten === null) {
      restore(entry, known)
      return
    }
    heardMeanwhile.delete(entry)
    for (const { resolve } of entry.pending.filter(isHolders)) resolve({ verdict: 'ended', record: null })
    entry.pending = entry.pending.filter((item) => !isHolders(item))
    const standing = entry.stored ?? null
    entry.stored = null
    options.onLearned(entry, known, 'heard', true)
    entry.stored = standing
    knowledge.takeOver(entry, heard.latest)
  }

  const knowledge: Knowledge = {
    async load(entries) {
      const started = clock.monotonic()
      const records = await store.load(entries.map(({ userId }) => userId))
      telemetry.timed('store.load', clock.monotonic() - started)
      entries.forEach((entry, i) => {
        const before = entry.stored ?? null
        receive(entry, records[i] ?? null)
        options.onLearned(entry, before, 'read', false)
      })
    },
    meet(entry, standing) {
      const before = entry.stored ?? null
      receive(entry, standing)
      options.onLearned(entry, before, 'read', true)
    },
    doubt: (entry, written, changes) => lostAnswers.add(entry, entry.stored ?? null, written, changes),
    isDoubtful: lostAnswers.concern,
    mayDecide(entry) {
      const gone = vanished.size === 0 ? undefined : vanished.take(entry)
      if (gone === 'wait') return false
      if (gone !== undefined) concludeVanished(entry, gone)
      return true
    },
    hear(entry, change) {
      // A call in flight may meet it as a conflict, or may turn out to change nothing and meet nobody.
      const heard = heardMeanwhile.get(entry)
      const latest = heard === undefined || isNewer(change, heard.latest) ? change : heard.latest
      const isLater = change.record === null && (heard?.forgotten == null || isNewer(change, heard.forgotten))
      heardMeanwhile.set(entry, { latest, forgotten: isLater ? change : (heard?.forgotten ?? null) })
    },
    catchUp(entry) {
      const heard = heardMeanwhile.size === 0 ? undefined : heardMeanwhile.get(entry)
      if (heard === undefined) return
      heardMeanwhile.delete(entry)
      if (heard.forgotten !== null && heard.forgotten !== heard.latest) knowledge.takeOver(entry, heard.forgotten)
      knowledge.takeOver(entry, heard.latest)
    },
    isOwedATurn: (entry) => vanished.size > 0 && vanished.has(entry),
    takeOver(entry, change) {
      const before = entry.stored ?? null
      // Of the same version there is one, unless the store lost what this node knows.
      const isFork =
        before?.epoch === change.epoch && before.version === change.version && isInsteadOf(change.record, before)
      if (before !== null && !isFork && !isNewer(change, before)) return
      entry.stored = change.record
      options.onLearned(entry, before, 'heard', true)
      // Whoever is forgotten was meant to be.
      if (change.record !== null) findLoss(entry, before, change.record)
      users.remember(entry)
    },
    drop(entry) {
      heardMeanwhile.delete(entry)
    },
  }
  return knowledge
}

/** Whether nothing stands of what was known, or somebody began anew who knew nothing of it: that user was forgotten or lost. */
function isBegunAnew({ held }: UserEntry, standing: UserRecord | null, known: UserRecord, now: number): boolean {
  if (standing === null) return true
  if (standing.epoch <= known.epoch) return false
  for (let handle = held; handle !== null; handle = handle.next) {
    const { connectionId } = handle
    const connection = connectionOf(known, connectionId)
    const isThere = connection !== undefined && (connection.lost === null || connection.lost.until > now)
    if (isThere && connectionOf(standing, connectionId) === undefined && endReason(standing, connectionId) === 'lapsed')
      return true
  }
  return false
}

/** Whether a state stands that does not follow the known one, as far as versions tell. */
function isInsteadOf(standing: UserRecord | null, known: UserRecord): boolean {
  return standing !== null && standing.rev !== known.rev && !isNewer(standing, known)
}

/** What a holder says of its own accord: of a user who was forgotten there is nothing to say. */
function isHolders({ event }: Pending): boolean {
  return event.type === 'announce' || event.type === 'restore'
}
