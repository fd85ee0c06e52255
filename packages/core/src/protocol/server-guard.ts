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
const self = {
  ...user,
  claims: [{ source: '', status: '', priority: 0 }],
  connections: [{ connectionId: '', phase: '', spaces: [{ space: '' }] }],
}
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
    spaces: [''],
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

type Check = (value: unknown) => boolean

/** A check by example, worked out once: it runs for every user of every message. */
function fitting(example: unknown): Check {
  if (Array.isArray(example)) {
    const fits = fitting(example[0])
    return (value) => Array.isArray(value) && value.every((item) => fits(item))
  }
  if (example instanceof RegExp) return (value) => example.test(value as string)
  if (typeof example !== 'object') return (value) => typeof value === typeof example
  const fields = Object.entries(example as object).map(([name, field]) => {
    const key = name.replace('?', '')
    return { key, isOptional: key !== name, fits: fitting(field) }
  })
  return (value) =>
    !!value &&
    fields.every(({ key, isOptional, fits }) => {
      const field = (value as Record<string, unknown>)[key]
      return (isOptional && (field ?? null) === null) || fits(field)
    })
}

const CHECKS = new Map(Object.entries(EXAMPLES).map(([type, example]) => [type, fitting(example)]))

/**
 * Whether a value that came over the wire is a message of a known type, in a shape that a client can use. Fields that
 * it does not know are let be, so that a newer server may add some.
 */
export function isServerMessage(value: unknown): value is ServerMessage {
  return CHECKS.get((value as ServerMessage | null | undefined)?.type as string)?.(value) ?? false
}
