import { claim, clear, expireClaim, expireMessage, setAudience, setMessage } from './claims.ts'
import { announce, isResume, open } from './connects.ts'
import { type Deadline, nextDeadline } from './deadlines.ts'
import { type Draft, setConnection } from './draft.ts'
import { kick, lapse, leave, lose, loseNode, signOut, turnDormant } from './ends.ts'
import type { Cause, PresenceEvent, Verdict } from './event.ts'
import { beat, indexOfTouched, input, touch, turnIdle } from './input.ts'
import type { Policy } from './policy.ts'
import { type CauseNote, type Connection, emptyRecord, type Loss, RECORD_FORMAT, type UserRecord } from './record.ts'
import { restore } from './restore.ts'
import { forgetShown, settle } from './settle.ts'
import { enter, exit } from './spaces.ts'
import { differsForOthers, differsForSelf, shownOf } from './view.ts'

/** An event that happened at an instant, rather than time that passes. */
type Happening = Exclude<PresenceEvent, { type: 'advance' }>

const NONE: readonly never[] = []

/** A change that somebody can see. What only the user and admins see is marked so. */
export interface Change extends CauseNote {
  readonly visibleTo: 'everyone' | 'self'
}

export interface TransitionResult {
  /** The very record that was given, if nothing in it changed; `null` once forgotten. */
  readonly record: UserRecord | null
  /** What viewers can see of it, oldest first. Empty when two states look the same to everyone. */
  readonly changes: readonly Change[]
  readonly verdict: Verdict
}

/** Who asks, and about whom. */
export interface Self {
  readonly userId: string
  /** The node that asks; `null`: none that could hold a connection. */
  readonly nodeId: string | null
  /** After an outage nobody executes a loss or a lease before everybody had time to come back. @default false */
  readonly holdsOff?: boolean
}

/**
 * The machine: what a user's record becomes when `event` happens. First every deadline up to the event passes, each at
 * its own instant, those of the event's instant included; then the event; then every deadline between it and `now`. So
 * an event that had to wait is worth what it was worth when it happened, as far as the record has not passed it.
 *
 * Pure: no clock, timer, randomness or I/O, and no exception on valid input; the given record is never mutated.
 * `self` names the node that asks: it alone decides idle and dormant of the connections it holds. While it `holdsOff`,
 * losses and leases do not end. A record of a newer format is returned as it is.
 */
export function transition(
  record: UserRecord | null,
  event: PresenceEvent,
  now: number,
  policy: Policy,
  self: Self,
): TransitionResult {
  if (record !== null && record.format > RECORD_FORMAT) return { record, changes: NONE, verdict: 'unchanged' }
  const report: Report = { changes: NONE }
  if (event.type === 'advance') {
    const after = record && advance(record, now, policy, self, report)
    const changes = net(record, after, report.changes)
    return { record: after, changes, verdict: after === record ? 'unchanged' : 'applied' }
  }
  const reached = record && advance(record, Math.min(event.at, now), policy, self, report)
  // `seal` sets the epoch; until then the record is as old as it is, so that it is not forgotten at once.
  const before = reached ?? (event.type === 'restore' ? { ...event.record, epoch: now } : emptyRecord(self.userId, now))
  const draft: Draft = { ...before }
  const verdict = apply(draft, event, now, policy)
  if (verdict === 'applied') {
    const note: CauseNote = {
      cause: causeOf(event, before),
      at: event.at,
      nodeId: self.nodeId,
      connectionId: connectionIdOf(event, before),
    }
    settle(before, draft, note, policy)
    tell(report, before, draft, note)
  }
  const passed = verdict === 'applied' ? draft : reached
  const after = passed && advance(passed, now, policy, self, report)
  // If no time passed, what the event did is all there was, and nothing undid it.
  const isAlone = reached === record && after === passed
  const changes = isAlone ? report.changes : net(record ?? before, after, report.changes)
  return { record: after, changes, verdict }
}

/** What a transition has to tell so far. */
interface Report {
  changes: readonly Change[]
}

function tell(report: Report, before: UserRecord, after: UserRecord, note: CauseNote): void {
  const others = differsForOthers(before, after)
  if (!others && !differsForSelf(before, after)) return
  const change: Change = { ...note, visibleTo: others ? 'everyone' : 'self' }
  // Not `push`, which makes room for sixteen more.
  report.changes = report.changes.length === 0 ? [change] : [...report.changes, change]
}

/** Several changes may undo each other: what is stored once is seen once, and two equal states publish nothing. */
export function net(
  before: UserRecord | null,
  after: UserRecord | null,
  changes: readonly Change[],
): readonly Change[] {
  if (changes.length === 0 || before === null || after === null || differsForOthers(before, after)) return changes
  if (!differsForSelf(before, after)) return NONE
  return changes.map((change): Change => (change.visibleTo === 'self' ? change : { ...change, visibleTo: 'self' }))
}

/** Lets every deadline up to `now` pass, instant by instant: all that ends at one instant is one change. */
function advance(
  record: UserRecord,
  now: number,
  policy: Policy,
  { nodeId, holdsOff }: Self,
  report: Report,
): UserRecord | null {
  let current = record
  let deadline = nextDeadline(current, policy, nodeId, holdsOff)
  while (deadline !== null && deadline.at <= now) {
    if (deadline.kind === 'forget') return null
    const before = current
    const { at } = deadline
    let cause: CauseNote | null = null
    let weight = -1
    do {
      const draft: Draft = { ...current }
      const note: CauseNote = { ...passed(draft, deadline), at, nodeId }
      settle(current, draft, note, policy)
      const weighs = weightOf(current, draft)
      if (weighs >= weight) {
        cause = note
        weight = weighs
      }
      current = draft
      deadline = nextDeadline(current, policy, nodeId, holdsOff)
    } while (deadline !== null && deadline.at === at && deadline.kind !== 'forget')
    tell(report, before, current, cause as CauseNote)
  }
  return current
}

/** Of the rules that end something at one instant the one counts that others notice most. */
function weightOf(before: UserRecord, after: UserRecord): number {
  if (shownOf(before).status !== shownOf(after).status) return 3
  if (differsForOthers(before, after)) return 2
  return before.status === after.status ? 0 : 1
}

/** What ends at a deadline, and by which rule. */
function passed(draft: Draft, deadline: Deadline): { cause: Cause; connectionId: string | null } {
  const { kind, index, at } = deadline
  const connection = draft.connections[index] as Connection
  switch (kind) {
    case 'loss':
      lapse(draft, index, at)
      return { cause: (connection.lost as Loss).cause, connectionId: connection.id }
    case 'lease':
      lapse(draft, index, at)
      return { cause: 'lease-expired', connectionId: connection.id }
    case 'idle':
      setConnection(draft, index, { phase: 'idle' })
      return { cause: 'idle', connectionId: connection.id }
    case 'dormant':
      turnDormant(draft, index, at)
      return { cause: 'dormant', connectionId: connection.id }
    case 'claim':
      expireClaim(draft, index)
      return { cause: 'claim-expired', connectionId: null }
    case 'message':
      expireMessage(draft, at)
      return { cause: 'message', connectionId: null }
    default:
      forgetShown(draft)
      return { cause: 'clear', connectionId: null }
  }
}

function apply(draft: Draft, event: Happening, now: number, policy: Policy): Verdict {
  switch (event.type) {
    case 'open':
      return open(draft, event, now, policy)
    case 'announce':
      return announce(draft, event, now)
    case 'restore':
      return restore(draft, event, now)
    case 'touch':
      return touch(draft, event, now, policy)
    case 'beat':
      return beat(draft, event)
    case 'input':
      return input(draft, event, policy)
    case 'idle':
      return turnIdle(draft, event)
    case 'enter':
      return enter(draft, event)
    case 'exit':
      return exit(draft, event)
    case 'hint':
    case 'lost':
    case 'drain':
      return lose(draft, event, policy)
    case 'node-lost':
      return loseNode(draft, event, policy)
    case 'leave':
      return leave(draft, event, policy)
    case 'sign-out':
      return signOut(draft, event, policy)
    case 'kick':
      return kick(draft, event, policy)
    case 'claim':
      return claim(draft, event, now)
    case 'clear':
      return clear(draft, event)
    case 'message':
      return setMessage(draft, event, now)
    case 'audience':
      return setAudience(draft, event)
  }
}

function causeOf(event: Happening, before: UserRecord): Cause {
  switch (event.type) {
    case 'open':
      return isResume(before, event) ? 'resume' : 'connect'
    case 'announce':
      return 'connect'
    case 'restore':
      return event.record.cause?.cause ?? 'connect'
    case 'touch':
      return indexOfTouched(before.connections, event.opening.sessionId) < 0 ? 'connect' : 'activity'
    case 'beat':
    case 'input':
      return 'activity'
    case 'enter':
    case 'exit':
      return 'space'
    default:
      return event.type
  }
}

function connectionIdOf(event: Happening, before: UserRecord): string | null {
  if (event.type === 'open') return event.opening.connectionId
  if (event.type === 'announce') return event.connection.id
  if (event.type !== 'touch') return 'connectionId' in event ? event.connectionId : null
  const touched = before.connections[indexOfTouched(before.connections, event.opening.sessionId)]
  return touched?.id ?? event.opening.connectionId
}
