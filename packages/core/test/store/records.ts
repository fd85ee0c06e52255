import fc from 'fast-check'
import {
  CLAIM_STATUSES,
  type Connection,
  type IndexEntries,
  type Json,
  RECORD_FORMAT,
  STATUSES,
  type UserRecord,
} from '../../src/machine/index.ts'

const instant = fc.double({ min: 0, max: 2 ** 52, noNaN: true })
const count = fc.nat()
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'org:1', '1:2', ':', 'n:01', 'n:1e3', '__proto__', ' '),
  fc.string({ minLength: 1 }),
)
const names = fc.array(name, { maxLength: 3 })
const json = fc.jsonValue() as fc.Arbitrary<Json>
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })

const message = fc.record({ text: fc.string(), emoji: maybe(name), until: maybe(instant), at: instant })

/** Mostly as they are while nothing special happened, for those share what they have in common; now and then anything. */
const seldom = <T>(usual: T, special: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, special)

const connection: fc.Arbitrary<Connection> = fc
  .record({
    id: name,
    session: maybe(name),
    nodeId: maybe(name),
    openedAt: instant,
    phase: fc.constantFrom('active', 'idle', 'dormant'),
    inputAt: instant,
    quietFrom: seldom(0, instant),
    idledAt: seldom(0, instant),
    idleAfterMs: maybe(fc.constantFrom(1, 2)),
    dormantAfterMs: maybe(fc.constantFrom(1, 2)),
    lost: seldom(
      null,
      fc.record({ cause: fc.constantFrom('hint', 'lost', 'drain', 'node-lost'), at: instant, until: instant }),
    ),
    lease: seldom(null, fc.record({ beatAt: instant, until: instant })),
    device: maybe(fc.constantFrom('web', 'phone')),
    meta: seldom(null, json),
    spaces: fc.array(fc.record({ space: name, state: seldom(null, json), at: seldom(0, instant) }), { maxLength: 3 }),
    resume: seldom(null, fc.record({ hash: maybe(name), instance: name, used: fc.array(name, { maxLength: 3 }) })),
    replaces: seldom([], names),
  })
  .map(({ id, session, ...rest }) => ({ id, sessionId: session ?? id, ...rest }))

const cause = fc.record({
  cause: fc.constantFrom('connect', 'leave', 'idle', 'claim'),
  at: fc.constantFrom(0, 1, 2),
  nodeId: maybe(name),
  connectionId: maybe(name),
})

/** Any record of this format, of one user. */
export const anyRecord = (userId: string): fc.Arbitrary<UserRecord> =>
  fc.record({
    format: fc.constant(RECORD_FORMAT),
    userId: fc.constant(userId),
    rev: fc.oneof(
      fc.tuple(name, count).map(([node, counter]) => `${node}:${counter}`),
      name,
      fc.constantFrom('', 'n:-1', 'n:-0', 'n:', 'n: 1', 'n:9007199254740993', 'n:0x10'),
    ),
    epoch: instant,
    version: count,
    connections: fc.array(connection, { maxLength: 4 }),
    claims: seldom(
      [],
      fc.array(
        fc.record({
          source: name,
          status: maybe(fc.constantFrom(...CLAIM_STATUSES)),
          priority: count,
          until: maybe(instant),
          connectionId: maybe(name),
          since: instant,
          at: instant,
        }),
      ),
    ),
    message: seldom(null, message),
    ended: seldom(
      [],
      fc.array(
        fc.record({
          kind: fc.constantFrom('connection', 'session'),
          id: name,
          by: fc.constantFrom('leave', 'sign-out', 'kick'),
          at: instant,
          until: instant,
        }),
      ),
    ),
    signedOutAt: seldom(0, instant),
    lastSeenTo: fc.constantFrom('everyone', 'admins'),
    lastSeenToAt: seldom(0, instant),
    grants: names,
    status: fc.constantFrom(...STATUSES),
    statusSince: fc.constantFrom(0, 1, 2),
    lastActiveAt: instant,
    lastSeenAt: instant,
    cause: maybe(cause),
    shown: seldom(
      null,
      fc.record({
        status: fc.constantFrom(...STATUSES),
        statusSince: instant,
        lastSeenAt: instant,
        lastSeenTo: fc.constantFrom('everyone', 'admins'),
        message: maybe(message),
      }),
    ),
  })

const standing = fc.record({ status: fc.constantFrom(...STATUSES), spaces: names })

export const anyIndex: fc.Arbitrary<IndexEntries> = fc.record({
  wakeAt: maybe(instant),
  nodes: names,
  shown: standing,
  real: standing,
})
