import type { ServerMessage } from './messages.ts'

// Messages by example: what a client reads of one has these fields, of these types. A key that ends in `?` may be
// absent or null.
const user = {
  userId: '',
  status: /^(online|away|busy|dnd|offline)$/,
  statusSince: 0,
  'message?': { text: '' },
  spaces: [{ space: '' }],
  'connections?': [{ phase: '' }],
}
const self = { ...user, claims: [{ source: '', status: '', priority: 0 }], connections: user['connections?'] }
const counts = { present: 0, online: 0, away: 0, busy: 0, dnd: 0 }
const topic = { topic: '' }
const step = { ...topic, sequence: { generation: '', n: 0 } }
const diff = { ...step, set: [user], gone: [''] }

const EXAMPLES: Record<ServerMessage['type'], object> = {
  welcome: {
    connectionId: '',
    userId: '',
    sessionId: '',
    serverTime: 0,
    self,
    limits: { messageBytes: 0, watched: 0 },
    'resume?': '',
    pingEveryMs: 0,
  },
  expiring: {},
  snapshot: { topics: [{ ...step, users: [user], 'counts?': counts }] },
  replay: { topics: [{ ...topic, diffs: [diff] }] },
  diff,
  counts: { ...step, counts },
  self: { self },
  signal: { space: '', userId: '', name: '', forMs: 0 },
  ack: { id: 0 },
  error: { code: '', message: '', 'id?': 0, 'retryAfterMs?': 0 },
  freshness: {},
  ping: { n: 0 },
  bye: { reason: '', 'retryAfterMs?': 0 },
}

function fits(value: unknown, example: unknown): boolean {
  if (Array.isArray(example)) return Array.isArray(value) && value.every((item) => fits(item, example[0]))
  if (example instanceof RegExp) return example.test(value as string)
  if (typeof example !== 'object') return typeof value === typeof example
  return (
    !!value &&
    Object.entries(example as object).every(([name, field]) => {
      const key = name.replace('?', '')
      const given = (value as Record<string, unknown>)[key]
      return (key !== name && (given ?? null) === null) || fits(given, field)
    })
  )
}

/**
 * Whether a value that came over the wire is a message of a known type, in a shape that a client can use. Fields that
 * it does not know are let be, so that a newer server may add some.
 */
export function isServerMessage(value: unknown): value is ServerMessage {
  const type = (value as ServerMessage | null | undefined)?.type as ServerMessage['type']
  return Object.hasOwn(EXAMPLES, type) && fits(value, EXAMPLES[type])
}
