import { isPresenceError, PresenceError, type ProjectedState, type ProjectionTarget, type Status } from '@rollcall/core'
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
  /** `null` for a document that is nobody's. */
  const userOf = (documentId: unknown): string | null => {
    try {
      const userId = fromId(documentId)
      const back = idOf(userId)
      return back !== null && keyOf(back) === keyOf(documentId) ? userId : null
    } catch {
      return null
    }
  }

  return {
    async write(states) {
      const operations = states.flatMap(operationsOf)
      if (operations.length === 0) return
      await calls(() => users.bulkWrite(operations, { ordered: false })).catch(refuseStates)
    },
    async read(userIds) {
      const asked = userIds.flatMap((userId) => {
        const documentId = idOf(userId)
        return documentId === null ? [] : [{ userId, documentId }]
      })
      if (asked.length === 0) return new Map()
      const filter = { [id]: { $in: asked.map(({ documentId }) => documentId) } }
      const found = await calls(() => users.find(filter, { projection }).toArray())
      const documentOf = new Map(found.map((document) => [keyOf(valueAt(document, id)), document]))
      const rows = new Map<string, ProjectedState>()
      for (const { userId, documentId } of asked) {
        const document = documentOf.get(keyOf(documentId))
        if (document === undefined) continue
        rows.set(userId, readState(document, userOf(valueAt(document, id)) ?? userId, fields))
      }
      return rows
    },
    async *online(limit) {
      let last: unknown = null
      while (online !== null) {
        const filter = { ...online, [id]: last === null ? { $ne: null } : { $gt: last } }
        const find = () => users.find(filter, { projection, sort: { [id]: 1 }, limit }).toArray()
        const page = await calls(find)
        yield page.flatMap((document) => {
          const userId = userOf(valueAt(document, id))
          return userId === null ? [] : [readState(document, userId, fields)]
        })
        if (page.length < limit) return
        last = valueAt(page.at(-1) as Document, id)
      }
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

/** The same text for ids that are the same to MongoDB. Those of another copy of the driver are no instances of ours. */
function keyOf(id: unknown): string {
  if (typeof id === 'string') return id
  return `not a string: ${typeof id === 'bigint' ? id : JSON.stringify(id)}`
}

/** What a validator or an index of the application's refuses it refuses every time, and of these documents alone. */
function refuseStates(error: unknown): never {
  if (!isPresenceError(error) || error.code !== 'store-error' || !isOfDocuments(error.cause)) throw error
  const { code, message } = error.cause
  throw new PresenceError(
    'invalid-option',
    `the collection refuses what is projected (${message}); let its validator and indexes take the fields, or name others in \`fields\``,
    { code },
    error.cause,
  )
}

/** A bulk write of which single operations failed, and nothing else. */
function isOfDocuments(error: unknown): error is { readonly code: unknown; readonly message: string } {
  const { name, writeErrors, result } = error as {
    readonly name?: string
    readonly writeErrors?: unknown
    readonly result?: { getWriteConcernError?(): unknown }
  }
  const hasWriteErrors = Array.isArray(writeErrors) ? writeErrors.length > 0 : writeErrors !== undefined
  return name === 'MongoBulkWriteError' && hasWriteErrors && !result?.getWriteConcernError?.()
}
