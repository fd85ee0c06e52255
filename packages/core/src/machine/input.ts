import { connectionFrom, isFull, place, wasEnded } from './connects.ts'
import { activeAt, type Draft, indexOfConnection, indexOfSuccessor, setConnection } from './draft.ts'
import type { PresenceEvent, Verdict } from './event.ts'
import type { Policy } from './policy.ts'
import { type Connection, isOfRequests } from './record.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** Longer than an event waits for its turn to be saved while all is well. */
const LATE_MS = 1000

/** Input on the connection that the event names. */
export function input(draft: Draft, event: EventOf<'input'>, policy: Policy): Verdict {
  return inputOn(draft, indexOfSuccessor(draft, event.connectionId, event.at), event.at, policy.leaseMs)
}

/**
 * Input on one connection; on a leased one it is also a beat. It brings back a lost lease of requests, never a lost
 * connection of a page, which comes back by a resume alone: what it said last may overtake what it said before. Input from
 * before a loss counts, and brings nothing back.
 */
function inputOn(draft: Draft, index: number, at: number, leaseMs: number): Verdict {
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  const { inputAt, idledAt, phase, lost, lease } = connection
  if (at <= inputAt) return 'unchanged'
  const comesBack = lost !== null && at > lost.at
  if (comesBack && !isOfRequests(connection)) return 'unchanged'
  const connections = draft.connections.slice()
  connections[index] = {
    ...connection,
    inputAt: at,
    // The client said idle later than this input happened; asleep it is not, until its deadlines say so again.
    phase: at >= idledAt ? 'active' : phase === 'dormant' ? 'idle' : phase,
    lost: comesBack ? null : lost,
    // As long as the last beat declared: a hidden page beats seldom, and its input says nothing of that.
    lease:
      lease === null || at <= lease.beatAt
        ? lease
        : { beatAt: at, until: at + Math.max(leaseMs, lease.until - lease.beatAt) },
  }
  draft.connections = connections
  activeAt(draft, at)
  return 'applied'
}

/** The client says idle. Dormancy still counts from the last input. */
export function turnIdle(draft: Draft, event: EventOf<'idle'>): Verdict {
  const { at } = event
  const index = indexOfSuccessor(draft, event.connectionId, at)
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  const { phase, inputAt, idledAt, lost } = connection
  if (at < inputAt || at <= idledAt || (lost !== null && at > lost.at)) return 'unchanged'
  setConnection(draft, index, { phase: phase === 'active' ? 'idle' : phase, idledAt: at })
  return 'applied'
}

/** A leased connection lives. The newest beat says for how long. */
export function beat(draft: Draft, event: EventOf<'beat'>): Verdict {
  return beatOn(draft, indexOfConnection(draft, event.connectionId), event.at, event.leaseMs)
}

function beatOn(draft: Draft, index: number, at: number, leaseMs: number): Verdict {
  const connection = draft.connections[index]
  if (connection === undefined || connection.lease === null) return 'no-connection'
  const { lost, lease } = connection
  if (at <= (lost?.at ?? lease.beatAt) || (lost !== null && !isOfRequests(connection))) return 'unchanged'
  setConnection(draft, index, { lost: null, lease: { beatAt: at, until: at + leaseMs } })
  return 'applied'
}

/**
 * A request, or a login without a socket: a sign of life of the page of the session that had input last, else of the one
 * lease of its requests, opened if need be.
 */
export function touch(draft: Draft, event: EventOf<'touch'>, now: number, policy: Policy): Verdict {
  const { at, opening, leaseMs, isInput } = event
  const index = indexOfTouched(draft.connections, opening.sessionId)
  const known = draft.connections[index]
  // It may come again, for a connection that is gone by now: unless it is newer than the last input, which a mere beat
  // leaves no trace of.
  const isStale = now - at >= LATE_MS && (!isInput || at <= draft.lastActiveAt)
  if (known !== undefined) {
    if (isStale && at < known.openedAt) return 'unchanged'
    if (isInput) return inputOn(draft, index, at, leaseMs)
    // A page proves its life itself.
    return isOfRequests(known) ? beatOn(draft, index, at, leaseMs) : 'unchanged'
  }
  if (wasEnded(draft, opening.connectionId, opening.sessionId, at)) return 'ended'
  if (isStale || at + leaseMs <= now) return 'unchanged'
  if (isFull(draft, policy)) return 'limit'
  const lease = { beatAt: at, until: at + leaseMs }
  place(draft, connectionFrom(opening, at, policy, { nodeId: null, lease, resume: null }), -1)
  draft.grants = opening.grants
  activeAt(draft, at)
  return 'applied'
}

/** The connection of a session that a request is input on, or -1. A lost one of a page is none: only that page brings it back. */
export function indexOfTouched(connections: readonly Connection[], sessionId: string): number {
  let found = -1
  let inputAt = Number.NEGATIVE_INFINITY
  for (let i = 0; i < connections.length; i++) {
    const connection = connections[i] as Connection
    const isRequests = isOfRequests(connection)
    if (connection.sessionId !== sessionId || (connection.lost !== null && !isRequests)) continue
    // A page's comes before the lease of requests, whatever its last input.
    const rank = isRequests ? -1 : connection.inputAt
    if (rank > inputAt) {
      found = i
      inputAt = rank
    }
  }
  return found
}
