import { activeAt, type Draft, indexOfConnection, indexOfSuccessor, setClaim } from './draft.ts'
import type { ClaimRequest, Opening, PresenceEvent, Verdict } from './event.ts'
import type { Policy } from './policy.ts'
import type { Connection, UserRecord } from './record.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** How many predecessors a connection remembers; one resume per second for longer than any event can be late. */
const MAX_REPLACED = 8

/** Deliberate ends stay ended: the id was marked, or its session or user signed out after it opened. */
function wasEnded(record: UserRecord, connectionId: string, sessionId: string, openedAt: number): boolean {
  if (openedAt < record.signedOutAt) return true
  return record.ended.some((mark) =>
    mark.kind === 'connection' ? mark.id === connectionId : mark.id === sessionId && openedAt < mark.at,
  )
}

function isFull(record: UserRecord, policy: Policy): boolean {
  if (record.connections.length < policy.maxConnections) return false
  return record.connections.filter(({ lost }) => lost === null).length >= policy.maxConnections
}

/** What a held connection and a leased one differ in. */
type Own = Pick<Connection, 'nodeId' | 'lease' | 'resume'>

const NOBODY: readonly never[] = []

/** Built in one go: copies of a connection are most of what a connect costs. */
function connectionFrom(opening: Opening, at: number, policy: Policy, own: Own): Connection {
  return {
    id: opening.connectionId,
    sessionId: opening.sessionId,
    nodeId: own.nodeId,
    openedAt: at,
    phase: 'active',
    inputAt: at,
    quietFrom: 0,
    idledAt: 0,
    idleAfterMs: policy.idleAfterMs,
    dormantAfterMs: policy.dormantAfterMs,
    lost: null,
    lease: own.lease,
    device: opening.device,
    meta: opening.meta,
    spaces: opening.spaces,
    resume: own.resume,
    replaces: NOBODY,
  }
}

/** Puts `connection` where `index` stands, or at the end; claims bound to what stood there are bound to it. */
function place(draft: Draft, connection: Connection, index: number): void {
  const old = draft.connections[index]
  if (old === undefined) {
    // `concat` makes a list of its length; a spread with one more item leaves room for sixteen others.
    draft.connections = draft.connections.concat(connection)
    return
  }
  const connections = draft.connections.slice()
  connections[index] = connection
  draft.connections = connections
  if (draft.claims.some(({ connectionId }) => connectionId === old.id)) {
    draft.claims = draft.claims.map((claim) =>
      claim.connectionId === old.id ? { ...claim, connectionId: connection.id } : claim,
    )
  }
}

/** The connection that a resume token names: the one it was issued for, or, for the page that already used it, the one it made. */
function indexOfResumed(record: UserRecord, token: { readonly hash: string; readonly instance: string }): number {
  return record.connections.findIndex(({ resume }) => {
    if (resume === null) return false
    return resume.hash === token.hash || (resume.usedHash === token.hash && resume.instance === token.instance)
  })
}

/** A held connection opens, or takes the place of the one whose resume token it presents. */
export function open(draft: Draft, event: EventOf<'open'>, policy: Policy): Verdict {
  const { at, opening, nodeId } = event
  if (indexOfSuccessor(draft, opening.connectionId) >= 0) return 'unchanged'
  if (wasEnded(draft, opening.connectionId, opening.sessionId, at)) return 'ended'
  const resumed = event.resumes === null ? -1 : indexOfResumed(draft, event.resumes)
  if (resumed < 0 && isFull(draft, policy)) return 'limit'
  const resume = event.resume && { ...event.resume, usedHash: resumed < 0 ? null : (event.resumes?.hash ?? null) }
  const fresh = connectionFrom(opening, at, policy, { nodeId, lease: null, resume })
  const old = draft.connections[resumed]
  if (old === undefined) {
    const leased = draft.connections.findIndex(({ sessionId, lease }) => lease !== null && sessionId === opening.sessionId)
    place(draft, fresh, leased)
    activeAt(draft, at)
  } else {
    const { phase, inputAt, quietFrom, idledAt, spaces } = old
    const replaces = [...old.replaces, old.id].slice(-MAX_REPLACED)
    place(draft, { ...fresh, phase, inputAt, quietFrom, idledAt, spaces, replaces }, resumed)
  }
  draft.grants = opening.grants
  if (event.invisible !== null) standInvisible(draft, event.invisible, at)
  return 'applied'
}

/** The invisible claim of the client's own `hello` stands from the same step on, so that it never shows. */
function standInvisible(draft: Draft, request: ClaimRequest, at: number): void {
  const index = draft.claims.findIndex(({ source }) => source === request.source)
  const standing = draft.claims[index]
  if (standing !== undefined && (standing.at > at || standing.status === 'invisible')) return
  setClaim(draft, index, { ...request, connectionId: null, status: 'invisible', since: at, at })
}

/** The holder says what it holds: a sweep may have removed or lost it wrongly. What was ended on purpose stays ended. */
export function announce(draft: Draft, event: EventOf<'announce'>): Verdict {
  const { connection } = event
  if (wasEnded(draft, connection.id, connection.sessionId, connection.openedAt)) return 'ended'
  const index = indexOfConnection(draft, connection.id)
  const standing = draft.connections[index]
  if (standing === undefined && indexOfSuccessor(draft, connection.id) >= 0) return 'ended'
  if (standing !== undefined && standing.lost === null && standing.nodeId === connection.nodeId) {
    if (standing.inputAt >= connection.inputAt && standing.phase === connection.phase) return 'unchanged'
  }
  place(draft, { ...connection, lost: null }, index)
  activeAt(draft, connection.inputAt)
  return 'applied'
}

/** A request: input on the session's held connection that had input last, else on its one leased connection, opened if need be. */
export function touch(draft: Draft, event: EventOf<'touch'>, now: number, policy: Policy): Verdict {
  const { at, opening, leaseMs } = event
  let held = -1
  let leased = -1
  draft.connections.forEach((connection, index) => {
    if (connection.sessionId !== opening.sessionId) return
    if (connection.lease !== null) leased = index
    else if (connection.lost === null && (held < 0 || connection.inputAt > (draft.connections[held] as Connection).inputAt)) {
      held = index
    }
  })
  if (held >= 0) return inputAtIndex(draft, held, at, leaseMs)
  if (leased >= 0) return inputAtIndex(draft, leased, at, leaseMs)
  if (wasEnded(draft, opening.connectionId, opening.sessionId, at)) return 'ended'
  if (at + leaseMs <= now) return 'unchanged'
  if (isFull(draft, policy)) return 'limit'
  const lease = { beatAt: at, until: at + leaseMs }
  place(draft, connectionFrom(opening, at, policy, { nodeId: null, lease, resume: null }), -1)
  draft.grants = opening.grants
  activeAt(draft, at)
  return 'applied'
}

/** Input at `at` on one connection. It brings back a lost leased connection, never a lost held one. */
export function inputAtIndex(draft: Draft, index: number, at: number, leaseMs: number): Verdict {
  const connection = draft.connections[index]
  if (connection === undefined) return 'no-connection'
  const { lost, lease } = connection
  if (lost !== null && (lease === null || at <= lost.at)) return 'unchanged'
  if (at <= connection.inputAt && lost === null) return 'unchanged'
  const connections = draft.connections.slice()
  connections[index] = {
    ...connection,
    inputAt: Math.max(at, connection.inputAt),
    phase: at >= connection.idledAt ? 'active' : connection.phase,
    lost: null,
    lease: lease && { beatAt: Math.max(at, lease.beatAt), until: Math.max(at + leaseMs, lease.until) },
  }
  draft.connections = connections
  activeAt(draft, at)
  return 'applied'
}

/** A leased connection lives. */
export function beat(draft: Draft, event: EventOf<'beat'>): Verdict {
  const index = indexOfConnection(draft, event.connectionId)
  const connection = draft.connections[index]
  if (connection === undefined || connection.lease === null) return 'no-connection'
  const { lost, lease } = connection
  if (lost === null ? event.at <= lease.beatAt : event.at <= lost.at) return 'unchanged'
  const connections = draft.connections.slice()
  connections[index] = {
    ...connection,
    lost: null,
    lease: { beatAt: Math.max(event.at, lease.beatAt), until: Math.max(event.at + event.leaseMs, lease.until) },
  }
  draft.connections = connections
  return 'applied'
}
