import type { ClaimStatus, Json, Status } from '../machine/index.ts'
import { createFieldReader, type Fault, type FieldReader, faultOf } from './field-reader.ts'
import type { Limits } from './limits.ts'
import { measureJson } from './measure-json.ts'
import type { ClientMessage, Sequence, Topic, WantedSpace, WireQuery } from './messages.ts'

/** What became of one message. A refusal names the value, its limit and the remedy. */
export type ClientMessageResult =
  /** Holds the protocol's own fields and no others. */
  | { readonly ok: true; readonly message: ClientMessage }
  | {
      readonly ok: false
      readonly code: Fault['code']
      readonly message: string
      readonly details: { readonly [key: string]: Json }
      /** What the message says it is; `null` for a type the protocol does not have. */
      readonly kind: ClientMessage['type'] | null
      /** For the answer; `null` when the message has none that can be read. */
      readonly id: number | null
    }

type Fields = { readonly [key: string]: unknown }
type Read<M extends ClientMessage = ClientMessage> = (
  fields: Fields,
  read: FieldReader,
  limits: Limits,
) => Omit<M, 'type'>

const CLAIM_STATUSES: readonly ClaimStatus[] = ['online', 'away', 'busy', 'dnd', 'invisible']
const STATUSES: readonly Status[] = ['online', 'away', 'busy', 'dnd', 'offline']
const QUERY_KINDS = ['list', 'count', 'users'] as const
const SCOPES = ['connection', 'session', 'user'] as const
const TOPIC_KINDS = ['space:', 'user:', 'count:']
/** Users a page of a list may hold. */
const MAX_PAGE = 1000

const READERS: { readonly [T in ClientMessage['type']]: Read<Extract<ClientMessage, { type: T }>> } = {
  hello: (fields, read, limits) => ({
    version: read.count(fields, 'version'),
    token: fields.token === null ? null : read.token(fields, 'token'),
    instance: read.id(fields, 'instance'),
    ...maybe(fields, 'resume', read.opaque),
    ...maybe(fields, 'spaces', (from, key) =>
      read.list(from, key, limits.spaces, (item, name) => wanted(item, name, read)),
    ),
    ...maybe(fields, 'device', read.id),
    ...maybe(fields, 'invisible', (from, key) => ({ ...maybe(read.fields(from[key], key), 'forMs', read.duration) })),
  }),
  token: (fields, read) => ({ token: read.token(fields, 'token') }),
  active: () => ({}),
  idle: () => ({}),
  beat: (fields, read) => ({ nextInMs: read.duration(fields, 'nextInMs') }),
  enter: (fields, read) => ({
    id: read.count(fields, 'id'),
    space: read.id(fields, 'space'),
    ...maybe(fields, 'state', read.state),
  }),
  exit: (fields, read) => ({ id: read.count(fields, 'id'), space: read.id(fields, 'space') }),
  state: (fields, read) => ({
    id: read.count(fields, 'id'),
    space: read.id(fields, 'space'),
    state: read.state(fields, 'state'),
  }),
  watch: (fields, read, limits) => ({
    id: read.count(fields, 'id'),
    topics: read.list(fields, 'topics', limits.watched, (item, name) => watched(item, name, read)),
  }),
  unwatch: (fields, read, limits) => ({
    topics: read.list(fields, 'topics', limits.watched, (item, name) => topic({ [name]: item }, name, read)),
  }),
  claim: (fields, read) => ({
    id: read.count(fields, 'id'),
    status: read.oneOf(fields, 'status', CLAIM_STATUSES),
    ...maybe(fields, 'source', read.id),
    ...maybe(fields, 'forMs', read.duration),
    ...maybe(fields, 'bound', read.flag),
  }),
  clear: (fields, read) => ({ id: read.count(fields, 'id'), ...maybe(fields, 'source', read.id) }),
  message: (fields, read) => ({
    id: read.count(fields, 'id'),
    message: fields.message === null ? null : statusMessage(read.fields(fields.message, 'message'), read),
  }),
  signal: (fields, read) => ({
    space: read.id(fields, 'space'),
    name: read.id(fields, 'name'),
    ...maybe(fields, 'data', read.state),
    ...maybe(fields, 'forMs', read.duration),
  }),
  query: (fields, read, limits) => ({
    id: read.count(fields, 'id'),
    query: query(read.fields(fields.query, 'query'), read, limits),
  }),
  hint: () => ({}),
  leave: (fields, read) => ({ scope: read.oneOf(fields, 'scope', SCOPES) }),
  pong: (fields, read) => ({ n: read.count(fields, 'n') }),
}

/** Reads `key` if it is there, and leaves it out if it is not. */
function maybe<K extends string, T>(
  fields: Fields,
  key: K,
  read: (fields: Fields, key: string) => T,
): { readonly [P in K]?: T } {
  return fields[key] === undefined ? {} : ({ [key]: read(fields, key) } as { readonly [P in K]?: T })
}

function wanted(item: unknown, name: string, read: FieldReader): WantedSpace {
  const fields = read.fields(item, name)
  return { space: read.id(fields, 'space'), ...maybe(fields, 'state', read.state) }
}

function topic(fields: Fields, key: string, read: FieldReader): Topic {
  const value = fields[key]
  const kind = typeof value === 'string' ? TOPIC_KINDS.find((prefix) => value.startsWith(prefix)) : undefined
  if (kind === undefined) {
    const message = `${key} is no topic; send space:…, user:… or count:… with a name`
    read.fail({ code: 'bad-message', message, details: { field: key } })
  } else read.id({ [key]: (value as string).slice(kind.length) }, key)
  return value as Topic
}

function watched(item: unknown, name: string, read: FieldReader): { readonly topic: Topic; readonly since?: Sequence } {
  const fields = read.fields(item, name)
  return { topic: topic(fields, 'topic', read), ...maybe(fields, 'since', (from, key) => sequence(from, key, read)) }
}

function sequence(from: Fields, key: string, read: FieldReader): Sequence {
  const fields = read.fields(from[key], key)
  return { generation: read.id(fields, 'generation'), n: read.count(fields, 'n') }
}

function statusMessage(fields: Fields, read: FieldReader) {
  return {
    text: read.text(fields, 'text'),
    ...maybe(fields, 'emoji', read.emoji),
    ...maybe(fields, 'forMs', read.duration),
  }
}

function query(fields: Fields, read: FieldReader, limits: Limits): WireQuery {
  const kind = read.oneOf(fields, 'kind', QUERY_KINDS)
  switch (kind) {
    case 'list':
      return {
        kind,
        space: read.id(fields, 'space'),
        ...maybe(fields, 'status', (from, key) => read.oneOf(from, key, STATUSES)),
        ...maybe(fields, 'cursor', read.opaque),
        ...maybe(fields, 'limit', (from, key) => page(from, key, read)),
      }
    case 'count':
      return { kind, space: read.id(fields, 'space') }
    case 'users':
      return {
        kind,
        userIds: read.list(fields, 'userIds', limits.watched, (item, name) => read.id({ [name]: item }, name)),
      }
  }
}

function page(fields: Fields, key: string, read: FieldReader): number {
  const size = read.count(fields, key)
  if (size >= 1 && size <= MAX_PAGE) return size
  const message = `${key} is ${size}; ask for 1 to ${MAX_PAGE} users at a time`
  read.fail({ code: 'limit-exceeded', message, details: { field: key, size, limit: MAX_PAGE } })
  return 1
}

/**
 * Reads one message of a client, as it came. Never throws: whatever is wrong with `raw` is returned. Fields that the
 * protocol does not have are dropped, so that an older server understands a newer client.
 */
export function parseClientMessage(raw: unknown, limits: Limits): ClientMessageResult {
  try {
    return parse(raw, limits)
  } catch {
    // A getter or a proxy, which no wire format makes.
    return refusal(
      { code: 'bad-message', message: 'The message cannot be read; send plain JSON', details: {} },
      null,
      null,
    )
  }
}

function parse(raw: unknown, limits: Limits): ClientMessageResult {
  const fields = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Fields) : null
  if (fields === null) {
    return refusal(
      { code: 'bad-message', message: 'The message is no object; send one with a type', details: {} },
      null,
      null,
    )
  }
  const { type, id } = fields
  const kind = typeof type === 'string' && Object.hasOwn(READERS, type) ? (type as ClientMessage['type']) : null
  const answerTo = typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : null
  const size = measureJson(raw, limits.messageBytes)
  if (typeof size !== 'number') return refusal(faultOf(size, limits), kind, answerTo)
  if (kind === null) {
    const message = `type is none of this protocol; send one of ${Object.keys(READERS).join(', ')}`
    return refusal({ code: 'bad-message', message, details: { field: 'type' } }, null, answerTo)
  }
  const read = createFieldReader(limits)
  const message = { type: kind, ...(READERS[kind] as Read)(fields, read, limits) } as ClientMessage
  return read.fault === null ? { ok: true, message } : refusal(read.fault, kind, answerTo)
}

function refusal(fault: Fault, kind: ClientMessage['type'] | null, id: number | null): ClientMessageResult {
  return { ok: false, ...fault, kind, id }
}
