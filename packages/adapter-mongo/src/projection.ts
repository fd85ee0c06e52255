import {
  createProjection,
  type Duration,
  PresenceError,
  type Projection,
  type ProjectionOptions,
  toMs,
} from '@rollcall/core'
import type { Collection, Db, Document } from 'mongodb'
import { createCalls } from './calls.ts'
import { CONCERNS } from './collections.ts'
import { createTarget, DEFAULT_FIELDS, type Fields, onlineFilter } from './projection-target.ts'

/** The application's own collection of users. */
export interface UserCollectionOptions {
  readonly db: Db
  /** Its name. */
  readonly collection: string
  /** The field that says which user; unique and indexed. @default '_id' */
  readonly id?: string
  /** What to write where; `false`: not at all. `epoch` and `version` are the key, and must have fields. */
  readonly fields?: Partial<Fields>
}

/** What {@link projection} takes. */
export interface MongoProjectionOptions extends Omit<ProjectionOptions, 'target'>, UserCollectionOptions {
  /**
   * The id of a user's document: `(userId) => new ObjectId(userId)`. Who has none is left out: `null`, or a throw.
   * @default the user's own id, a string
   */
  readonly toId?: (userId: string) => unknown
  /**
   * The user of a document's id; `String` for an ObjectId, which gives its hexadecimal digits. Must give the very id that
   * users connect under, spelling and all: a repair looks for it. @default the id as text; not where `toId` is given
   */
  readonly fromId?: (id: unknown) => string
  /** How long a call may take. @default '5s' */
  readonly timeout?: Duration
}

/**
 * Keeps fields of the application's own user documents at what others see: whether online, the status, and two stamps.
 * In batches, only what changed, and never back to an older state. Documents are updated and never created, past any
 * middleware of an object mapper. Run it in every process that runs `presence`.
 *
 * @throws PresenceError `invalid-option`
 */
export function projection(options: MongoProjectionOptions): Projection {
  const { db, collection, id = '_id', fields, timeout = '5s', toId, fromId, ...rest } = options
  if (toId !== undefined && fromId === undefined) {
    throw new PresenceError(
      'invalid-option',
      'toId is given without fromId; give the way back too: String for an ObjectId',
      {
        option: 'fromId',
      },
    )
  }
  const target = createTarget({
    users: usersOf(db, collection),
    calls: createCalls(toMs(timeout, 'timeout')),
    id,
    fields: fieldsOf(fields),
    toId: toId ?? ((userId) => userId),
    fromId: fromId ?? String,
  })
  return createProjection({ ...rest, target })
}

/**
 * Creates the index by which a repair finds the documents that say online; it also serves the application's own question
 * who is online. Does nothing where it is there.
 *
 * @throws PresenceError `store-error` if MongoDB refuses
 */
export async function createProjectionIndex(options: UserCollectionOptions): Promise<void> {
  const { db, collection, id = '_id' } = options
  const [field] = Object.keys(onlineFilter(fieldsOf(options.fields)) ?? {})
  if (field === undefined) return
  try {
    await usersOf(db, collection).createIndex({ [field]: 1, [id]: 1 })
  } catch (error) {
    const { message } = error as Error
    throw new PresenceError(
      'store-error',
      `the index of ${collection} could not be created: ${message}`,
      { collection },
      error,
    )
  }
}

function usersOf(db: Db, collection: string): Collection<Document> {
  return db.collection(collection, CONCERNS)
}

/** Two states in one field, or one in the id, would overwrite one another. */
function fieldsOf(given: Partial<Fields> = {}): Fields {
  const fields = { ...DEFAULT_FIELDS, ...given }
  const names = Object.values(fields).filter((name) => name !== false)
  for (const name of names) {
    const isUsable = typeof name === 'string' && name !== '' && name !== '_id' && !name.startsWith('$')
    if (isUsable && names.indexOf(name) === names.lastIndexOf(name)) continue
    throw new PresenceError('invalid-option', `fields names ${JSON.stringify(name)}; give each a field of its own`, {
      option: 'fields',
      value: name,
    })
  }
  return fields
}
