import fc from 'fast-check'
import type { ServerMessage } from '../../src/protocol/messages.ts'

const name = fc.string({ minLength: 1, maxLength: 8 })
const time = fc.integer({ min: 0, max: 2_000_000_000_000 })
const count = fc.nat(100)
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const json = fc.jsonValue({ maxDepth: 2 })
const status = fc.constantFrom('online', 'away', 'busy', 'dnd', 'offline')
const few = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 3 })

const sequence = fc.record({ generation: name, n: count })
const counts = fc.record({ present: count, online: count, away: count, busy: count, dnd: count })
const spaces = few(fc.record({ space: name, state: json }))
const user = {
  userId: name,
  status,
  statusSince: time,
  lastSeenAt: orNull(time),
  message: orNull(fc.record({ text: fc.string(), emoji: orNull(name), until: orNull(time) })),
  spaces,
}
const self = {
  ...user,
  hidden: fc.boolean(),
  lastActiveAt: orNull(time),
  lastSeenTo: fc.constantFrom('everyone', 'admins'),
  claims: few(
    fc.record({
      source: name,
      status: fc.constantFrom('online', 'away', 'busy', 'dnd', 'invisible'),
      priority: count,
      until: orNull(time),
      connectionId: orNull(name),
    }),
  ),
  connections: few(
    fc.record({
      connectionId: name,
      sessionId: name,
      phase: fc.constantFrom('active', 'idle', 'dormant', 'lost'),
      lostUntil: orNull(time),
      held: fc.boolean(),
      device: orNull(name),
      openedAt: time,
      spaces,
    }),
  ),
  cause: fc.constant(null),
}
const shown = fc.record({ status, statusSince: time, lastSeenAt: orNull(time) })
const users = few(fc.oneof(fc.record(user), fc.record({ ...self, shown })))
const diff = { topic: fc.constantFrom('space:a', 'user:b'), sequence, set: users, gone: few(name) }
const optional = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] })

/** Every message that a server of this version may send. */
export const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('welcome'),
    version: fc.constant(1),
    connectionId: name,
    userId: name,
    sessionId: name,
    serverTime: time,
    self: fc.record(self),
    spaces: few(name),
    limits: fc.record({ messageBytes: count, stateBytes: count, spaces: count, watched: count, textLength: count }),
    counts: few(fc.record({ space: name, present: count })),
    resume: orNull(name),
    leave: orNull(name),
    resumed: fc.boolean(),
    pingEveryMs: count,
  }),
  fc.record({ type: fc.constant('expiring'), inMs: count }),
  fc.record({
    type: fc.constant('snapshot'),
    topics: few(
      fc.record({
        topic: diff.topic,
        sequence,
        mode: fc.constantFrom('list', 'counts'),
        users,
        counts: orNull(counts),
      }),
    ),
  }),
  fc.record({
    type: fc.constant('replay'),
    topics: few(fc.record({ topic: diff.topic, diffs: few(fc.record(diff)) })),
  }),
  fc.record({ type: fc.constant('diff'), ...diff }),
  fc.record({ type: fc.constant('counts'), topic: fc.constant('count:a'), sequence, counts }),
  fc.record({ type: fc.constant('self'), self: fc.record(self) }),
  fc.record({ type: fc.constant('signal'), space: name, userId: name, name, data: json, forMs: count }),
  fc
    .tuple(fc.record({ type: fc.constant('ack'), id: count }), optional({ result: json }))
    .map(([ack, rest]) => ({ ...ack, ...rest })),
  fc
    .tuple(
      fc.record({ type: fc.constant('error'), code: name, message: fc.string() }),
      optional({ id: count, details: json, retryAfterMs: count }),
    )
    .map(([error, rest]) => ({ ...error, ...rest })),
  fc.record({ type: fc.constant('freshness'), stale: fc.boolean(), warming: fc.boolean() }),
  fc.record({ type: fc.constant('ping'), n: count }),
  fc
    .tuple(
      fc.record({
        type: fc.constant('bye'),
        reason: fc.constantFrom('sign-out', 'kicked', 'refused', 'limit', 'draining', 'overloaded', 'cut-off'),
      }),
      optional({ retryAfterMs: count, message: fc.string() }),
    )
    .map(([bye, rest]) => ({ ...bye, ...rest })),
) as fc.Arbitrary<ServerMessage>
