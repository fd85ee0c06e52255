import { claim, clear, expireClaim, expireMessage, setAudience, setMessage } from './claims.ts'
import { announce, beat, inputAtIndex, open, touch } from './connects.ts'
import { type Deadline, nextDeadline } from './deadlines.ts'
import { type Draft, indexOfConnection, indexOfSuccessor, setConnection } from './draft.ts'
import { kick, lapse, leave, lose, loseNode, signOut, turnDormant } from './ends.ts'
import type { Cause, PresenceEvent, Verdict } from './event.ts'
import type { Policy } from './policy.ts'
import { type CauseNote, emptyRecord, RECORD_FORMAT, type UserRecord } from './record.ts'
import { settle } from './settle.ts'
import { enter, exit } from './spaces.ts'
import { differsForOthers, differsForSelf } from './view.ts'

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

/**
 * The machine: what a user's record becomes when `event` happens. First every deadline up to `now` passes, each at
 * its own instant; then the event, for an event of an instant comes after the deadlines of that instant; then what
 * the event left overdue.
 *
 * Pure: no clock, timer, randomness or I/O, and no exception on valid input; the given record is never mutated.
 * `self` names the node that asks: it alone decides idle and dormant of the connections it holds. A record of a newer
 * format is returned as it is.
 */
export function transition(
  record: UserRecord | null,
  event: PresenceEvent,
  now: number,
  policy: Policy,
  self: { readonly userId: string; readonly nodeId: string | null },
): TransitionResult {
  if (record !== null && record.format > RECORD_FORMAT) return { record, changes: [], verdict: 'unchanged' }
  const changes: Change[] = []
  const advanced = record === null ? null : advance(record, now, policy, self.nodeId, changes)
  if (event.type === 'advance') return { record: advanced, changes, verdict: advanced === record ? 'unchanged' : 'applied' }
  const before = advanced ?? emptyRecord(self.userId)
  const draft: Draft = { ...before }
  const verdict = apply(draft, event, now, policy)
  if (verdict !== 'applied') return { record: advanced, changes, verdict }
  const note: CauseNote = {
    cause: causeOf(event, draft),
    at: event.at,
    nodeId: self.nodeId,
    connectionId: connectionIdOf(event),
  }
  settle(before, draft, note, now, policy)
  report(before, draft, note, changes)
  return { record: advance(draft, now, policy, self.nodeId, changes), changes, verdict }
}

function report(before: UserRecord, after: UserRecord, note: CauseNote, changes: Change[]): void {
  if (differsForOthers(before, after)) changes.push({ ...note, visibleTo: 'everyone' })
  else if (differsForSelf(before, after)) changes.push({ ...note, visibleTo: 'self' })
}

/** Lets every deadline up to `now` pass, one by one. */
function advance(
  record: UserRecord,
  now: number,
  policy: Policy,
  self: string | null,
  changes: Change[],
): UserRecord | null {
  let current = record
  for (;;) {
    const deadline = nextDeadline(current, policy, self)
    if (deadline === null || deadline.at > now) return current
    if (deadline.kind === 'forget') return null
    const draft: Draft = { ...current }
    const note: CauseNote = { ...passed(draft, deadline), at: deadline.at, nodeId: self }
    settle(current, draft, note, deadline.at, policy)
    report(current, draft, note, changes)
    current = draft
  }
}

/** What ends at a deadline, and by which rule. */
function passed(draft: Draft, deadline: Deadline): { cause: Cause; connectionId: string | null } {
  const { kind, index, at } = deadline
  const connection = draft.connections[index]
  const connectionId = connection?.id ?? null
  switch (kind) {
    case 'loss': {
      const cause = connection?.lost?.cause ?? 'lost'
      lapse(draft, index, at)
      return { cause, connectionId }
    }
    case 'lease':
      lapse(draft, index, at)
      return { cause: 'lease-expired', connectionId }
    case 'idle':
      setConnection(draft, index, { phase: 'idle' })
      return { cause: 'idle', connectionId }
    case 'dormant':
      turnDormant(draft, index, at)
      return { cause: 'dormant', connectionId }
    case 'claim':
      expireClaim(draft, index)
      return { cause: 'claim-expired', connectionId: null }
    default:
      expireMessage(draft, kind === 'shown-message' ? kind : 'message')
      return { cause: 'message', connectionId: null }
  }
}

function apply(draft: Draft, event: Exclude<PresenceEvent, { type: 'advance' }>, now: number, policy: Policy): Verdict {
  switch (event.type) {
    case 'open':
      return open(draft, event, policy)
    case 'announce':
      return announce(draft, event)
    case 'touch':
      return touch(draft, event, now, policy)
    case 'beat':
      return beat(draft, event)
    case 'input':
      return inputAtIndex(draft, indexOfSuccessor(draft, event.connectionId), event.at, policy.leaseMs)
    case 'idle':
      return turnIdle(draft, event.connectionId, event.at)
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
      return claim(draft, event)
    case 'clear':
      return clear(draft, event)
    case 'message':
      return setMessage(draft, event, now)
    case 'audience':
      return setAudience(draft, event, now)
  }
}

/** The client says idle. Dormancy still counts from the last input. */
function turnIdle(draft: Draft, connectionId: string, at: number): Verdict {
  const index = indexOfSuccessor(draft, connectionId)
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  if (connection.lost !== null || connection.phase !== 'active' || at < connection.inputAt) return 'unchanged'
  setConnection(draft, index, { phase: 'idle', idledAt: at })
  return 'applied'
}

function causeOf(event: Exclude<PresenceEvent, { type: 'advance' }>, after: UserRecord): Cause {
  switch (event.type) {
    case 'open': {
      const opened = after.connections[indexOfConnection(after, event.opening.connectionId)]
      return opened !== undefined && opened.replaces.length > 0 ? 'resume' : 'connect'
    }
    case 'announce':
      return 'connect'
    case 'touch':
      return after.connections.some(({ id }) => id === event.opening.connectionId) ? 'connect' : 'activity'
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

function connectionIdOf(event: PresenceEvent): string | null {
  if (event.type === 'open' || event.type === 'touch') return event.opening.connectionId
  if (event.type === 'announce') return event.connection.id
  return 'connectionId' in event ? event.connectionId : null
}
