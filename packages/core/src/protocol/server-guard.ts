import type { ServerMessage } from './messages.ts'

type Check = (value: unknown) => boolean

const string: Check = (value) => typeof value === 'string'
const number: Check = (value) => Number.isFinite(value)
const boolean: Check = (value) => typeof value === 'boolean'
const anything: Check = (value) => value !== undefined
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value)
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const shape = (checks: Record<string, Check>): Check => {
  const entries = Object.entries(checks)
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    entries.every(([key, check]) => check((value as Record<string, unknown>)[key]))
}

const status = oneOf('online', 'away', 'busy', 'dnd', 'offline')
const sequence = shape({ generation: string, n: number })
const counts = shape({ present: number, online: number, away: number, busy: number, dnd: number })
const spaces = listOf(shape({ space: string, state: anything }))
const claims = listOf(
  shape({
    source: string,
    status: oneOf('online', 'away', 'busy', 'dnd', 'invisible'),
    priority: number,
    until: nullable(number),
    connectionId: nullable(string),
  }),
)
const connections = listOf(
  shape({
    connectionId: string,
    sessionId: string,
    phase: oneOf('active', 'idle', 'dormant', 'lost'),
    lostUntil: nullable(number),
    held: boolean,
    device: nullable(string),
    openedAt: number,
    spaces,
  }),
)
const view = {
  userId: string,
  status,
  statusSince: number,
  lastSeenAt: nullable(number),
  message: nullable(shape({ text: string, emoji: nullable(string), until: nullable(number) })),
  spaces,
}
const user = shape({ ...view, claims: optional(claims), connections: optional(connections) })
const self = shape({ ...view, hidden: boolean, lastActiveAt: nullable(number), claims, connections })
const users = listOf(user)
const diff = { topic: string, sequence, set: users, gone: listOf(string) }

const MESSAGES: Record<ServerMessage['type'], Check> = {
  welcome: shape({
    connectionId: string,
    userId: string,
    sessionId: string,
    serverTime: number,
    self,
    spaces: listOf(string),
    limits: shape({ messageBytes: number, stateBytes: number, spaces: number, watched: number, textLength: number }),
    counts: listOf(shape({ space: string, present: number })),
    resume: nullable(string),
    leave: nullable(string),
    resumed: boolean,
    pingEveryMs: number,
  }),
  expiring: shape({ inMs: number }),
  snapshot: shape({
    topics: listOf(shape({ topic: string, sequence, mode: oneOf('list', 'counts'), users, counts: nullable(counts) })),
  }),
  replay: shape({ topics: listOf(shape({ topic: string, diffs: listOf(shape(diff)) })) }),
  diff: shape(diff),
  counts: shape({ topic: string, sequence, counts }),
  self: shape({ self }),
  signal: shape({ space: string, userId: string, name: string, data: anything, forMs: number }),
  ack: shape({ id: number }),
  error: shape({ id: optional(number), code: string, message: string, retryAfterMs: optional(number) }),
  freshness: shape({ stale: boolean, warming: boolean }),
  ping: shape({ n: number }),
  bye: shape({
    reason: oneOf('sign-out', 'kicked', 'refused', 'limit', 'draining', 'overloaded', 'cut-off'),
    retryAfterMs: optional(number),
    message: optional(string),
  }),
}

/**
 * Whether a value that came over the wire is a message a client can use. Fields that it does not know are let be, so
 * that a newer server may add some; the type of message must be known.
 */
export function isServerMessage(value: unknown): value is ServerMessage {
  const type = typeof value === 'object' && value !== null && (value as { type?: unknown }).type
  return typeof type === 'string' && Object.hasOwn(MESSAGES, type) && MESSAGES[type as ServerMessage['type']](value)
}
