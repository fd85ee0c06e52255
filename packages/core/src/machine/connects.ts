import { activeAt, type Draft, indexOfConnection, isReplaced, seenAt, setClaim } from './draft.ts'
import { lastSignOf, markEnded, remove } from './ends.ts'
import type { ClaimRequest, Opening, PresenceEvent, Verdict } from './event.ts'
import type { Policy } from './policy.ts'
import { type Claim, type Connection, isOfRequests, type Json, type Phase, type UserRecord } from './record.ts'
import { sameJson } from './spaces.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** How many predecessors a connection remembers; one resume per second for longer than any event can be late. */
const MAX_REPLACED = 8

/** Deliberate ends stay ended: the id was marked, or its session or user signed out after it opened. */
export function wasEnded(record: UserRecord, connectionId: string, sessionId: string, openedAt: number): boolean {
  if (openedAt < record.signedOutAt) return true
  return record.ended.some((mark) =>
    mark.kind === 'connection' ? mark.id === connectionId : mark.id === sessionId && openedAt < mark.at,
  )
}

export function isFull(record: UserRecord, policy: Policy): boolean {
  if (record.connections.length < policy.maxConnections) return false
  return record.connections.filter(({ lost }) => lost === null).length >= policy.maxConnections
}

/** A resume token, and the page that presents it. */
type Presented = NonNullable<EventOf<'open'>['resumes']>

/** What a held connection and a leased one differ in. */
type Own = Pick<Connection, 'nodeId' | 'lease' | 'resume'>

const NOBODY: readonly never[] = []

/** Built in one go: copies of a connection are most of what a connect costs. */
export function connectionFrom(opening: Opening, at: number, policy: Policy, own: Own): Connection {
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
export function place(draft: Draft, connection: Connection, index: number): void {
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

/**
 * The connection that a resume token names: the one it was issued for, or, for the page that already used it, the one
 * that stands in its place now.
 */
function indexOfResumed(record: UserRecord, token: Presented): number {
  return record.connections.findIndex(({ resume }) => {
    if (resume === null) return false
    return resume.hash === token.hash || (resume.used.includes(token.hash) && resume.instance === token.instance)
  })
}

/** The lease that the very same page opened by an attempt whose answer it never got. */
function indexOfEarlier(record: UserRecord, { opening, resume }: EventOf<'open'>): number {
  return record.connections.findIndex(
    (other) =>
      other.lease !== null && other.resume?.instance === resume?.instance && other.sessionId === opening.sessionId,
  )
}

/** An attempt that arrives late: its page has come in by another one since, and left this one behind. */
function isOutdated(standing: Connection, token: Presented, at: number): boolean {
  return standing.resume?.hash !== token.hash && at < standing.openedAt
}

/** Whether an open takes the place of a connection in this record. */
export function isResume(record: UserRecord, event: EventOf<'open'>): boolean {
  return event.resumes !== null && indexOfResumed(record, event.resumes) >= 0
}

/**
 * A page's connection opens, or takes the place of the one whose resume token it presents. The first one of a session
 * replaces the lease of its requests.
 */
export function open(draft: Draft, event: EventOf<'open'>, now: number, policy: Policy): Verdict {
  const { at, opening, nodeId, leaseMs, resumes, invisible } = event
  const { connectionId, sessionId } = opening
  if (indexOfConnection(draft, connectionId) >= 0 || isReplaced(draft, connectionId)) return 'unchanged'
  if (wasEnded(draft, connectionId, sessionId, at)) return 'ended'
  const resumed = resumes === null ? -1 : indexOfResumed(draft, resumes)
  const attempt = leaseMs === null ? -1 : indexOfEarlier(draft, event)
  const attempted = draft.connections[attempt]
  const earlier = resumed >= 0 ? -1 : attempt
  const isReplaceable = (other: Connection) => isOfRequests(other) && other.sessionId === sessionId
  const index = resumed >= 0 ? resumed : earlier >= 0 ? earlier : draft.connections.findIndex(isReplaceable)
  const old = draft.connections[index]
  if (old === undefined && isFull(draft, policy)) return 'limit'
  if (resumed >= 0 && isOutdated(old as Connection, resumes as Presented, at)) return 'superseded'
  // The page has come in by another attempt since, whatever the place that this one was to take.
  if (attempt >= 0 && attempt !== resumed && at < (draft.connections[attempt] as Connection).openedAt)
    return 'superseded'
  if (leaseMs !== null && at + leaseMs <= now) return 'superseded'
  const resume = event.resume && { ...event.resume, used: usedOf(resumed < 0 ? undefined : old) }
  const lease = leaseMs === null ? null : { beatAt: at, until: at + leaseMs }
  const opened = connectionFrom(opening, at, policy, { nodeId, lease, resume })
  const isBeside = attempted !== undefined && attempted !== old
  const fresh = isBeside ? { ...opened, replaces: [...attempted.replaces, attempted.id] } : opened
  if (old === undefined) place(draft, fresh, -1)
  else if (resumed >= 0 || earlier >= 0) takePlace(draft, fresh, old, index)
  else replaceLeased(draft, fresh, old, index, policy)
  // Nobody was ever told of the place that an earlier attempt took besides.
  if (isBeside) letGo(draft, attempted)
  if (resumed < 0) activeAt(draft, at)
  draft.grants = opening.grants
  if (invisible !== null && (invisible.until === null || invisible.until > now)) standInvisible(draft, invisible, at)
  return 'applied'
}

function letGo(draft: Draft, gone: Connection): void {
  seenAt(draft, lastSignOf(gone, gone.openedAt))
  remove(draft, [gone])
}

/** The tokens that the page of a resumed connection may still repeat, for it missed what came after them. */
function usedOf(resumed: Connection | undefined): readonly string[] {
  const { hash = null, used = NOBODY } = resumed?.resume ?? {}
  return hash === null ? used : [...used, hash].slice(-MAX_REPLACED)
}

/** A resume: nobody sees a change, for everything moves over. It is not input. */
function takePlace(draft: Draft, fresh: Connection, old: Connection, index: number): void {
  const { phase, inputAt, quietFrom, idledAt, spaces } = old
  const replaces = [...fresh.replaces, ...old.replaces, old.id].slice(-MAX_REPLACED)
  place(draft, { ...fresh, phase, inputAt, quietFrom, idledAt, spaces, replaces }, index)
}

/** The leased connection is over for good, whatever requests of it arrive later; what it saw of its user stands. */
function replaceLeased(draft: Draft, fresh: Connection, leased: Connection, index: number, policy: Policy): void {
  seenAt(draft, lastSignOf(leased, fresh.openedAt))
  markEnded(draft, [leased], 'replaced', fresh.openedAt, policy)
  place(draft, { ...fresh, inputAt: Math.max(fresh.inputAt, leased.inputAt) }, index)
}

/** The invisible claim of the client's own `hello` stands from the same step on, so that it never shows. */
function standInvisible(draft: Draft, request: ClaimRequest, at: number): void {
  const index = draft.claims.findIndex(({ source }) => source === request.source)
  const standing = draft.claims[index]
  if (standing !== undefined && standing.at > at) return
  if (standing?.status === 'invisible') setClaim(draft, index, { ...standing, at })
  else setClaim(draft, index, { ...request, connectionId: null, status: 'invisible', since: at, at })
}

/**
 * The holder says what it holds: a sweep may have removed it wrongly, or given it up. What was ended on purpose stays
 * ended, and what its holder lost stays lost.
 */
export function announce(draft: Draft, event: EventOf<'announce'>, now: number): Verdict {
  const { at, connection, claims = NOBODY } = event
  if (wasEnded(draft, connection.id, connection.sessionId, connection.openedAt) || isReplaced(draft, connection.id))
    return 'ended'
  const index = draft.connections.findIndex(({ id }) => id === connection.id || connection.replaces.includes(id))
  const standing = draft.connections[index]
  if (standing === undefined && connection.lost !== null && connection.lost.until <= now) return 'unchanged'
  const next = standing?.id === connection.id ? reconciled(standing, connection, at) : connection
  const known = standing !== undefined && sameJson(standing as unknown as Json, next as unknown as Json)
  if (!known) {
    if (next.lost !== null) seenAt(draft, lastSignOf(next, at))
    place(draft, next, index)
    activeAt(draft, next.inputAt)
  }
  const restored = claims.filter((claim) => restore(draft, claim, connection.id, now))
  return known && restored.length === 0 ? 'unchanged' : 'applied'
}

const QUIETNESS: readonly Phase[] = ['active', 'idle', 'dormant']

/** The holder knows best, but for input that others saw, and for the loss that came first. */
function reconciled(standing: Connection, announced: Connection, at: number): Connection {
  return {
    ...announced,
    phase: phaseOf(standing, announced),
    inputAt: Math.max(standing.inputAt, announced.inputAt),
    idledAt: Math.max(standing.idledAt, announced.idledAt),
    quietFrom: Math.max(standing.quietFrom, announced.quietFrom),
    lost: standing.lost === null || wasGivenUp(standing, announced, at) ? announced.lost : standing.lost,
  }
}

/** That of the later input; without input a connection only falls quiet. */
function phaseOf(standing: Connection, announced: Connection): Phase {
  if (standing.inputAt !== announced.inputAt) {
    return standing.inputAt > announced.inputAt ? standing.phase : announced.phase
  }
  return QUIETNESS.indexOf(standing.phase) > QUIETNESS.indexOf(announced.phase) ? standing.phase : announced.phase
}

/** A sweep gave it up, and its holder lives: it speaks under a new id, or later than the sweep. */
function wasGivenUp({ lost, nodeId }: Connection, announced: Connection, at: number): boolean {
  return lost !== null && lost.cause === 'node-lost' && (announced.nodeId !== nodeId || at > lost.at)
}

/** A bound claim that died with its connection stands again, unless there was a newer word on its source. */
function restore(draft: Draft, claim: Claim, connectionId: string, now: number): boolean {
  const index = draft.claims.findIndex(({ source }) => source === claim.source)
  const standing = draft.claims[index]
  if (standing !== undefined && (standing.at > claim.at || standing.status !== null)) return false
  if (claim.until !== null && claim.until <= now) return false
  setClaim(draft, index, { ...claim, connectionId })
  return true
}
