import { type Page, PresenceError, type ProjectedState, type ProjectionTarget, type Status } from '@rollcall/core'
import type { AnyBulkWriteOperation, Collection, Document } from 'mongodb'
import type { Calls } from './calls.ts'

/** Which field of a user's document holds what; `false`: none does. */
export interface Fields {
  /** boolean. @default 'isOnline' */
  readonly isOnline: string | false
  /** One of the five statuses. @default 'status' */
  readonly status: string | false
  /** Date; `null`: never, or not for others. @default 'lastActive' */
  readonly lastActiveAt: string | false
  /** Date; `null` while present. @default 'lastSeen' */
  readonly lastSeenAt: string | false
  /** number. @default 'presenceEpoch' */
  readonly epoch: string
  /** number. @default 'presenceVersion' */
  readonly version: string
}

export const DEFAULT_FIELDS: Fields = {
  isOnline: 'isOnline',
  status: 'status',
  lastActiveAt: 'lastActive',
  lastSeenAt: 'lastSeen',
  epoch: 'presenceEpoch',
  version: 'presenceVersion',
}

/** The statuses of who is present. */
const PRESENT: readonly Status[] = ['online', 'away', 'busy', 'dnd']
const DOCUMENT_VALIDATION_FAILED = 121

export interface TargetOptions {
  readonly users: Collection<Document>
  readonly calls: Calls
  readonly id: string
  readonly fields: Fields
  toId(userId: string): unknown
  fromId(id: unknown): string
}

/** The application's documents in MongoDB. */
export function createTarget({ users, calls, id, fields, toId, fromId }: TargetOptions): ProjectionTarget {
  const projection = Object.fromEntries(
    [id, ...Object.values(fields)].filter((name) => name !== false).map((name) => [name, 1]),
  )
  const online = onlineFilter(fields)

  /** `null` for who can have no document. */
  const idOf = (userId: string): unknown => {
    try {
      return toId(userId) ?? null
    } catch {
      // No hexadecimal digits, or too few: of a guest, say.
      return null
    }
  }
  const operationsOf = (state: ProjectedState): readonly AnyBulkWriteOperation<Document>[] => {
    const documentId = idOf(state.userId)
    if (documentId === null) return []
    const { epoch, version } = state
    const isOlder = [
      { [fields.epoch]: null },
      { [fields.epoch]: { $lt: epoch } },
      { [fields.epoch]: epoch, [fields.version]: { $lt: version } },
    ]
    return [{ updateOne: { filter: { [id]: documentId, $or: isOlder }, update: { $set: valuesOf(state, fields) } } }]
  }
  const stateOf = (document: Document): ProjectedState => readState(document, fromId(valueAt(document, id)), fields)

  return {
    async write(states) {
      const operations = states.flatMap(operationsOf)
      if (operations.length === 0) return
      await calls(() => users.bulkWrite(operations, { ordered: false }).catch(refuseInvalid))
    },
    async read(userIds) {
      const ids = userIds.map(idOf).filter((documentId) => documentId !== null)
      if (ids.length === 0) return []
      return (await calls(() => users.find({ [id]: { $in: ids } }, { projection }).toArray())).map(stateOf)
    },
    async online(cursor, limit): Promise<Page<ProjectedState>> {
      if (online === null) return { items: [], next: null }
      const filter = cursor === null ? online : { ...online, [id]: { $gt: idOf(cursor) } }
      const find = () => users.find(filter, { projection, sort: { [id]: 1 }, limit: limit + 1 }).toArray()
      const found = (await calls(find)).map(stateOf)
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? (items.at(-1)?.userId ?? null) : null }
    },
  }
}

/** Which documents say online; `null`: no field tells. */
export function onlineFilter({ isOnline, status }: Pick<Fields, 'isOnline' | 'status'>): Document | null {
  if (isOnline !== false) return { [isOnline]: true }
  return status === false ? null : { [status]: { $in: PRESENT } }
}

function valuesOf(state: ProjectedState, fields: Fields): Document {
  const values: Document = { [fields.epoch]: state.epoch, [fields.version]: state.version }
  if (fields.isOnline !== false) values[fields.isOnline] = state.isOnline
  if (fields.status !== false) values[fields.status] = state.status
  if (fields.lastActiveAt !== false) values[fields.lastActiveAt] = dateOf(state.lastActiveAt)
  if (fields.lastSeenAt !== false) values[fields.lastSeenAt] = dateOf(state.lastSeenAt)
  return values
}

function readState(document: Document, userId: string, fields: Fields): ProjectedState {
  const value = (field: string | false): unknown => (field === false ? undefined : valueAt(document, field))
  const isOnline = value(fields.isOnline)
  const status = value(fields.status) ?? (isOnline === true ? 'online' : 'offline')
  return {
    userId,
    isOnline: typeof isOnline === 'boolean' ? isOnline : status !== 'offline',
    status: status as Status,
    lastActiveAt: msOf(value(fields.lastActiveAt)),
    lastSeenAt: msOf(value(fields.lastSeenAt)),
    epoch: Number(value(fields.epoch) ?? 0),
    version: Number(value(fields.version) ?? 0),
  }
}

/** A field within a field is named by both, with a dot between them. */
function valueAt(document: Document, path: string): unknown {
  let value: unknown = document
  for (const name of path.split('.')) value = (value as Document | null | undefined)?.[name]
  return value
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

function msOf(value: unknown): number | null {
  return value instanceof Date ? value.getTime() : null
}

/** A validator of the application's that refuses these fields refuses them every time. */
function refuseInvalid(error: unknown): never {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string }
  if (code !== DOCUMENT_VALIDATION_FAILED) throw error
  throw new PresenceError(
    'store-unfit',
    `the validator of the collection refuses what is projected (${message}); let it take the fields, or name others in \`fields\``,
    { code },
    error,
  )
}
