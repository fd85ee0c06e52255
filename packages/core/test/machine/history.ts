import {
  type AdminView,
  type Change,
  type Claim,
  type ClaimStatus,
  type Connection,
  DEFAULT_POLICY,
  type Json,
  type Policy,
  type PresenceEvent,
  type SelfView,
  type Status,
  transition,
  type UserRecord,
  type UserView,
  type Verdict,
  viewOf,
  wakeAt,
} from '../../src/machine/index.ts'
import {
  type ClaimOptions,
  claimRequest,
  type OpenOptions,
  openEvent,
  type TouchOptions,
  touchEvent,
} from './events.ts'

/** When every history begins. */
export const START = Date.UTC(2026, 0, 1)

/** Store time, in seconds since the history began. */
export const sec = (seconds: number) => START + seconds * 1000

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What happened to one user, told event by event; every event goes through the machine at its time. */
export interface History {
  /** What follows happens now, this many seconds after the start. */
  at(seconds: number): this
  /** What follows happened then, and is processed only now: it had to wait. */
  lately(seconds: number): this
  /** What follows is processed by this node. */
  on(nodeId: string): this
  send(event: PresenceEvent): this
  /** The event that was sent last, once more. */
  again(): this
  advance(): this
  open(id: string, options?: OpenOptions): this
  announce(connection: Connection, claims?: readonly Claim[]): this
  touch(session: string, options?: TouchOptions): this
  beat(id: string, leaseMs?: number): this
  input(id: string): this
  idle(id: string): this
  enter(id: string, space: string, state?: Json): this
  exit(id: string, space: string): this
  hint(id: string): this
  lost(id: string): this
  drain(id: string): this
  nodeLost(nodeId: string): this
  leave(id: string): this
  signOut(session?: string): this
  kick(...ids: string[]): this
  claim(status: ClaimStatus, options?: ClaimOptions): this
  clear(source?: string): this
  message(text: string | null, options?: { emoji?: string; until?: number }): this
  lastSeenTo(audience: 'everyone' | 'admins'): this

  readonly record: UserRecord | null
  readonly verdict: Verdict
  /** What viewers could see of the last event. */
  readonly changes: readonly Change[]
  /** Their causes. */
  readonly causes: readonly string[]
  readonly status: Status
  readonly others: UserView
  readonly self: SelfView
  readonly admin: AdminView
  connection(id: string): Connection
  /** When the record next changes by itself, in seconds since the start, as the processing node sees it. */
  readonly wakesAt: number | null
}

export function history(policy: Partial<Policy> = {}): History {
  const rules: Policy = { ...DEFAULT_POLICY, ...policy }
  const userId = 'ada'
  let now = START
  let at = START
  let nodeId: string | null = 'n1'
  let record: UserRecord | null = null
  let changes: readonly Change[] = []
  let verdict: Verdict = 'unchanged'
  let last: PresenceEvent = { type: 'advance' }

  const told: History = {
    at(seconds) {
      now = sec(seconds)
      at = now
      return told
    },
    lately(seconds) {
      at = sec(seconds)
      return told
    },
    on(node) {
      nodeId = node
      return told
    },
    send(event) {
      last = event
      const result = transition(record, event, now, rules, { userId, nodeId })
      record = result.record
      changes = result.changes
      verdict = result.verdict
      return told
    },
    again: () => told.send(last),
    advance: () => told.send({ type: 'advance' }),
    open: (id, options) => told.send(openEvent(at, id, options)),
    announce: (connection, claims) =>
      told.send({ type: 'announce', at, connection, ...(claims === undefined ? {} : { claims }) }),
    touch: (session, options) => told.send(touchEvent(at, session, options)),
    beat: (connectionId, leaseMs = 90_000) => told.send({ type: 'beat', at, connectionId, leaseMs }),
    input: (connectionId) => told.send({ type: 'input', at, connectionId }),
    idle: (connectionId) => told.send({ type: 'idle', at, connectionId }),
    enter: (connectionId, space, state = null) => told.send({ type: 'enter', at, connectionId, space, state }),
    exit: (connectionId, space) => told.send({ type: 'exit', at, connectionId, space }),
    hint: (connectionId) => told.send({ type: 'hint', at, connectionId }),
    lost: (connectionId) => told.send({ type: 'lost', at, connectionId }),
    drain: (connectionId) => told.send({ type: 'drain', at, connectionId }),
    nodeLost: (node) => told.send({ type: 'node-lost', at, nodeId: node }),
    leave: (connectionId) => told.send({ type: 'leave', at, connectionId }),
    signOut: (session) => told.send({ type: 'sign-out', at, sessionId: session ?? null }),
    kick: (...ids) => told.send({ type: 'kick', at, connectionIds: ids.length === 0 ? null : ids }),
    claim: (status, options) => told.send({ type: 'claim', at, claim: claimRequest(status, options) }),
    clear: (source = 'manual') => told.send({ type: 'clear', at, source }),
    message: (text, { emoji = null, until = null }: { emoji?: string | null; until?: number | null } = {}) =>
      told.send({ type: 'message', at, message: text === null ? null : { text, emoji, until } }),
    lastSeenTo: (lastSeenTo) => told.send({ type: 'audience', at, lastSeenTo }),
    get record() {
      return record
    },
    get verdict() {
      return verdict
    },
    get changes() {
      return changes
    },
    get causes() {
      return changes.map(({ cause }) => cause)
    },
    get status() {
      return viewOf(record, userId, 'self').status
    },
    get others() {
      return viewOf(record, userId, 'others')
    },
    get self() {
      return viewOf(record, userId, 'self')
    },
    get admin() {
      return viewOf(record, userId, 'admin')
    },
    connection(id) {
      const found = record?.connections.find((connection) => connection.id === id)
      if (found === undefined) throw new Error(`no connection ${id}`)
      return found
    },
    get wakesAt() {
      const wake = wakeAt(record, rules, nodeId)
      return wake === null ? null : (wake - START) / 1000
    },
  }
  return told
}
