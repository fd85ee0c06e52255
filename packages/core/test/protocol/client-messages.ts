import fc from 'fast-check'
import { CLAIM_STATUSES, STATUSES } from '../../src/machine/index.ts'
import type { ClientMessage, WireQuery } from '../../src/protocol/messages.ts'

const id = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  fc.constantFrom('default', 'org:1', 'ada'),
)
const text = fc.string({ maxLength: 140, unit: 'binary' }).map((any) => any.replaceAll('\0', '?'))
const whole = fc.nat()
const duration = fc.oneof(fc.nat({ max: 86_400_000 }), fc.constantFrom(0, 2_592_000_000, 0.5))
// Keys as programs use them; the mutations bring the others.
const state = fc.oneof(
  fc.constantFrom(null, true, 0, -0, 1.5, 'page'),
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' }),
    fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }), fc.constant(null)),
    {
      noNullPrototype: true,
      maxKeys: 4,
    },
  ),
  fc.array(fc.integer(), { maxLength: 5 }),
)
const topic = fc
  .tuple(fc.constantFrom('space:', 'user:', 'count:'), id)
  .map(([kind, name]) => `${kind}${name}` as const)
const sequence = fc.record({ generation: id, n: whole })

/** Some optional fields are there, some are not. */
function shape<T extends object>(required: object, optional: object = {}): fc.Arbitrary<T> {
  const all = { ...required, ...optional } as { [key: string]: fc.Arbitrary<unknown> }
  return fc.record(all, {
    requiredKeys: Object.keys(required),
    noNullPrototype: true,
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<T>
}

const query: fc.Arbitrary<WireQuery> = fc.oneof(
  shape<WireQuery>(
    { kind: fc.constant('list'), space: id },
    { status: fc.constantFrom(...STATUSES), cursor: fc.string(), limit: fc.integer({ min: 1, max: 1000 }) },
  ),
  shape<WireQuery>({ kind: fc.constant('count'), space: id }),
  shape<WireQuery>({ kind: fc.constant('users'), userIds: fc.array(id, { maxLength: 5 }) }),
)

const type = (name: ClientMessage['type']) => ({ type: fc.constant(name) })

/** Every kind of message a client sends, as a client sends it. */
export const clientMessages: fc.Arbitrary<ClientMessage> = fc.oneof(
  shape<ClientMessage>(
    { ...type('hello'), version: fc.constant(1), token: fc.option(fc.string()), instance: id },
    {
      resume: fc.string(),
      spaces: fc.array(shape({ space: id }, { state }), { maxLength: 4 }),
      device: id,
      invisible: shape({}, { forMs: duration }),
    },
  ),
  shape<ClientMessage>({ ...type('token'), token: fc.string() }),
  fc.constantFrom<ClientMessage>({ type: 'active' }, { type: 'idle' }, { type: 'hint' }),
  shape<ClientMessage>({ ...type('beat'), nextInMs: duration }),
  shape<ClientMessage>({ ...type('enter'), id: whole, space: id }, { state }),
  shape<ClientMessage>({ ...type('exit'), id: whole, space: id }),
  shape<ClientMessage>({ ...type('state'), id: whole, space: id, state }),
  shape<ClientMessage>({
    ...type('watch'),
    id: whole,
    topics: fc.array(shape({ topic }, { since: sequence }), { maxLength: 5 }),
  }),
  shape<ClientMessage>({ ...type('unwatch'), topics: fc.array(topic, { maxLength: 5 }) }),
  shape<ClientMessage>(
    { ...type('claim'), id: whole, status: fc.constantFrom(...CLAIM_STATUSES) },
    { source: id, forMs: duration, bound: fc.boolean() },
  ),
  shape<ClientMessage>({ ...type('clear'), id: whole }, { source: id }),
  shape<ClientMessage>({
    ...type('message'),
    id: whole,
    message: fc.option(shape({ text: text }, { emoji: fc.constantFrom('🎧', '👩‍👩‍👧‍👦'), forMs: duration })),
  }),
  shape<ClientMessage>({ ...type('signal'), space: id, name: id }, { data: state, forMs: duration }),
  shape<ClientMessage>({ ...type('query'), id: whole, query }),
  shape<ClientMessage>({ ...type('leave'), scope: fc.constantFrom('connection', 'session', 'user') }),
  shape<ClientMessage>({ ...type('pong'), n: whole }),
)

const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)])

/** Values that something is wrong with somewhere, and some that nothing is wrong with. */
const oddities: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    -1,
    0,
    1,
    0.5,
    1e9,
    2 ** 53,
    3e9,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    'x',
    'a\0b',
    '\ud800',
    '\udc00x',
    '\u0001',
    '"',
    '\\',
    'é'.repeat(128),
    'é'.repeat(129),
    '𝄞'.repeat(64),
    '𝄞'.repeat(140),
    '𝄞'.repeat(141),
    'y'.repeat(256),
    'y'.repeat(257),
    'z'.repeat(2046),
    'z'.repeat(2047),
    'z'.repeat(2049),
    'w'.repeat(16_384),
    'space:',
    'space:a',
    'user:b',
    'count:c',
    'room:d',
    'list',
    'users',
    'hello',
    'watch',
    'claim',
    'online',
    'offline',
    'invisible',
    [],
    {},
    [null],
    Array.from({ length: 101 }, (_, i) => ({ space: `s${i}` })),
    Array.from({ length: 1001 }, () => 'u'),
    Array.from({ length: 1000 }, (_, i) => `${i}`),
    nested(28),
    nested(33),
    nested(300),
    new Date(0),
    new Map(),
    new Uint8Array(3),
    () => 1,
    Symbol('s'),
    10n,
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

const keys = fc.constantFrom(
  '__proto__',
  'constructor',
  'extra',
  'id',
  'type',
  'space',
  'state',
  'forMs',
  'topics',
  'message',
  'query',
)

/** What is put into one message must not be changed by what happens to another. */
function fresh(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

/** Puts `value` at a place chosen by `seeds`, taking something out, replacing it, or adding a key. */
function mutate(
  target: unknown,
  seeds: readonly number[],
  action: 'set' | 'remove' | 'add',
  key: string,
  value: unknown,
): void {
  let node = target
  for (const seed of seeds) {
    if (typeof node !== 'object' || node === null || ArrayBuffer.isView(node)) return
    const names = Object.keys(node)
    const name = names[seed % Math.max(1, names.length)]
    if (name === undefined) return
    const child: unknown = Reflect.get(node, name)
    if (typeof child === 'object' && child !== null && seed % 3 !== 0) {
      node = child
      continue
    }
    // As JSON.parse does it: `__proto__` becomes a key like any other.
    if (action === 'add' && Array.isArray(node)) node.push(value)
    else if (action === 'add')
      Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
    else if (action === 'remove' && !Array.isArray(node)) Reflect.deleteProperty(node, name)
    else Reflect.set(node, name, value)
    return
  }
}

/** Messages with one or more things changed at random places. */
export const mutatedMessages: fc.Arbitrary<unknown> = fc
  .tuple(
    clientMessages,
    fc.array(
      fc.tuple(
        fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('set', 'remove', 'add'),
        keys,
        oddities,
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([message, mutations]) => {
    const copy: unknown = structuredClone(message)
    for (const [seeds, action, key, value] of mutations) mutate(copy, seeds, action, key, fresh(value))
    return copy
  })
