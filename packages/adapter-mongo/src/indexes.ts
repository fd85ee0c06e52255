import { PresenceError } from '@rollcall/core'
import type { Db, IndexDescription } from 'mongodb'
import { collectionNames, PLAIN_VALUES } from './collections.ts'
import { type CollectionOptions, prefixOf } from './options.ts'

/** How long the trace of a forgotten user stays, in s. Nobody reads it: what subscribers hear is in the history. */
const FORGOTTEN_S = 60
/** How long a lease is remembered after it was last renewed or killed, in s; the contract asks for a day. */
const NODE_S = 3 * 24 * 60 * 60
/** How long signals, and changes where the feed is polled, wait for who is behind, in s. */
export const FEED_S = 300

type IndexOf = Readonly<Record<'users' | 'nodes' | 'feed', readonly IndexDescription[]>>

/** Every query of the store is served by one of these, or by `_id`. */
const INDEXES: IndexOf = {
  users: [
    { name: 'due', key: { wakeAt: 1, _id: 1 }, partialFilterExpression: { wakeAt: { $gte: 0 } } },
    { name: 'places', key: { places: 1, _id: 1 } },
    { name: 'nodes', key: { nodes: 1, _id: 1, hash: 1 } },
    { name: 'forgotten', key: { forgottenAt: 1 }, expireAfterSeconds: FORGOTTEN_S, sparse: true },
  ],
  nodes: [{ name: 'touched', key: { touchedAt: 1 }, expireAfterSeconds: NODE_S }],
  feed: [{ name: 'at', key: { at: 1 }, expireAfterSeconds: FEED_S }],
}

/**
 * Creates the indexes that {@link mongoStore} needs, and with them its collections. Does nothing where they are there.
 * To be called when an application is deployed, by a user who may create indexes; the store itself never does, and
 * refuses to work without.
 *
 * @throws PresenceError `store-error` if MongoDB refuses, for example because an index of that name is another one.
 */
export async function createIndexes(db: Db, options: CollectionOptions = {}): Promise<void> {
  const names = collectionNames(prefixOf(options))
  for (const [collection, indexes] of entriesOf(INDEXES)) {
    const name = names[collection]
    try {
      await db.collection(name).createIndexes([...indexes])
    } catch (error) {
      throw new PresenceError(
        'store-error',
        `the indexes of ${db.databaseName}.${name} could not be created: ${(error as Error).message}`,
        { database: db.databaseName, collection: name },
        error,
      )
    }
  }
}

/** Rejects, naming what is missing and what to do, unless every index is there. */
export async function demandIndexes(db: Db, prefix: string): Promise<void> {
  const names = collectionNames(prefix)
  const missing: string[] = []
  await Promise.all(
    entriesOf(INDEXES).map(async ([collection, indexes]) => {
      const present = await indexesOf(db, names[collection])
      for (const index of indexes) {
        if (!present.has(meaningOf(index))) missing.push(`${names[collection]}.${index.name}`)
      }
    }),
  )
  if (missing.length === 0) return
  const call = prefix === 'presence' ? 'createIndexes(db)' : `createIndexes(db, { prefix: ${JSON.stringify(prefix)} })`
  throw new PresenceError(
    'store-unfit',
    `the database ${db.databaseName} lacks indexes, or has others on the same fields (${missing.sort().join(', ')}); drop those, and call ${call} of @rollcall/adapter-mongo once`,
    { database: db.databaseName, missing },
  )
}

async function indexesOf(db: Db, collection: string): Promise<ReadonlySet<string>> {
  try {
    const indexes = await db.collection(collection, PLAIN_VALUES).listIndexes().toArray()
    return new Set(indexes.map(meaningOf))
  } catch (error) {
    // A collection that is not there yet.
    if ((error as { readonly code?: unknown }).code === 26) return new Set()
    throw error
  }
}

/** What an index does, whatever its name. */
function meaningOf({
  key,
  expireAfterSeconds,
  partialFilterExpression,
  sparse,
}: Omit<IndexDescription, 'name'>): string {
  return JSON.stringify([key, expireAfterSeconds ?? null, partialFilterExpression ?? null, sparse === true])
}

function entriesOf(indexes: IndexOf): [keyof IndexOf, readonly IndexDescription[]][] {
  return Object.entries(indexes) as [keyof IndexOf, readonly IndexDescription[]][]
}
