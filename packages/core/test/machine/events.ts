import type { ClaimStatus, Connection, Opening, PresenceEvent, SpaceEntry } from '../../src/machine/index.ts'

export interface OpenOptions {
  /** The node that holds the connection. @default 'n1' */
  readonly node?: string
  /** Held by no node, and leased for so long at first. */
  readonly leaseMs?: number | null
  /** @default a session of its own */
  readonly session?: string
  readonly spaces?: readonly string[]
  /** The resume token it is issued; none without it. */
  readonly token?: string
  /** The page that opens it. @default `page-<id>` */
  readonly page?: string
  /** The token of the connection whose place it takes. */
  readonly resumes?: string
  /** Brings its own invisible claim along; `until` is store time, `null` for no end. */
  readonly invisible?: { readonly until: number | null }
}

export interface TouchOptions {
  /** @default `<session>-leased` */
  readonly id?: string
  readonly spaces?: readonly string[]
  /** @default 90_000 */
  readonly leaseMs?: number
  /** @default true */
  readonly isInput?: boolean
}

export interface ClaimOptions {
  /** @default 'manual' */
  readonly source?: string
  /** @default 60 */
  readonly priority?: number
  readonly until?: number | null
  /** Bind it to this connection. */
  readonly on?: string
}

function opening(id: string, session: string, spaces: readonly string[], at: number): Opening {
  const entries = spaces.map((space): SpaceEntry => ({ space, state: null, at }))
  return { connectionId: id, sessionId: session, device: 'laptop', meta: null, grants: ['default'], spaces: entries }
}

export function openEvent(at: number, id: string, options: OpenOptions = {}): Extract<PresenceEvent, { type: 'open' }> {
  const {
    node = 'n1',
    leaseMs = null,
    session = `session-${id}`,
    spaces = [],
    token,
    page = `page-${id}`,
    resumes,
    invisible,
  } = options
  return {
    type: 'open',
    at,
    nodeId: leaseMs === null ? node : null,
    leaseMs,
    opening: opening(id, session, spaces, at),
    resume: token === undefined ? null : { hash: token, instance: page },
    resumes: resumes === undefined ? null : { hash: resumes, instance: page },
    invisible: invisible === undefined ? null : claimRequest('invisible', { until: invisible.until }),
  }
}

export function touchEvent(
  at: number,
  session: string,
  options: TouchOptions = {},
): Extract<PresenceEvent, { type: 'touch' }> {
  const { id = `${session}-leased`, spaces = [], leaseMs = 90_000, isInput = true } = options
  return { type: 'touch', at, opening: opening(id, session, spaces, at), leaseMs, isInput }
}

export function claimRequest(status: ClaimStatus, options: ClaimOptions = {}) {
  const { source = 'manual', priority = 60, until = null, on = null } = options
  return { source, status, priority, until, connectionId: on }
}

/** A connection as its holder remembers it. */
export function heldConnection(id: string, openedAt: number, patch: Partial<Connection> = {}): Connection {
  return {
    id,
    sessionId: `session-${id}`,
    nodeId: 'n1',
    openedAt,
    phase: 'active',
    inputAt: openedAt,
    quietFrom: 0,
    idledAt: 0,
    idleAfterMs: 300_000,
    dormantAfterMs: 1_800_000,
    lost: null,
    lease: null,
    device: 'laptop',
    meta: null,
    spaces: [],
    resume: null,
    replaces: [],
    ...patch,
  }
}
