import type { Collection, CollectionOptions, Db } from 'mongodb'

/**
 * One user. Fields that are queried stand beside the record, which is JSON text: MongoDB's own encoding would cost more
 * time, and some keys that JSON allows mean something to it.
 *
 * Forgotten users leave a document with `_id`, `feed` and `forgottenAt` for a minute or two, so that the forgetting is a
 * compare-and-set with a publication like any other save; MongoDB then removes it.
 */
export interface UserDocument {
  _id: string
  rev?: string
  /** `hashRev` of `rev`, beside it in the index from which digests are summed. */
  hash?: number
  /** The record, as JSON. */
  record?: string
  /** Absent: never. */
  wakeAt?: number
  nodes?: readonly string[]
  /** See {@link placesOf}. */
  places?: readonly string[]
  /** What subscribers are told besides the record; see {@link encodeFeed}. Another text with each save. */
  feed: string
  forgottenAt?: Date
}

/** The lease of one node. */
export interface NodeDocument {
  _id: string
  killed: boolean
  /** When the lease ends, in ms of store time; 0: there never was one. */
  until: number
  /** When it was last renewed or killed, by the server's clock: what garbage collection goes by. */
  touchedAt: Date
  /** The last renewal, as JSON for subscribers; see {@link encodeEcho}. */
  echo?: string
}

/** The only document among the nodes whose id is no string. */
export interface HoldOffDocument {
  _id: 0
  renewedAt?: number
  holdOffUntil?: number
}

/** What passes through the feed and is kept for minutes only: signals, and changes where there is no change stream. */
export interface FeedDocument {
  _id: string
  /** By the server's clock. */
  at: Date
  topic?: string
  /** JSON. */
  signal?: string
  userId?: string
  feed?: string
  record?: string | null
}

export interface Collections {
  readonly users: Collection<UserDocument>
  readonly nodes: Collection<NodeDocument>
  readonly holdOff: Collection<HoldOffDocument>
  readonly feed: Collection<FeedDocument>
}

/** How values come back, whatever the application set for its own. */
export const PLAIN_VALUES = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  useBigInt64: false,
  raw: false,
  fieldsAsRaw: {},
  ignoreUndefined: false,
} as const

/** Reads see the latest write, and a write that was acknowledged survives the loss of the primary. */
export const CONCERNS: CollectionOptions = {
  ...PLAIN_VALUES,
  readPreference: 'primary',
  readConcern: { level: 'local' },
  writeConcern: { w: 'majority' },
}

export function collectionNames(prefix: string): {
  readonly users: string
  readonly nodes: string
  readonly feed: string
} {
  return { users: `${prefix}_users`, nodes: `${prefix}_nodes`, feed: `${prefix}_feed` }
}

export function openCollections(db: Db, prefix: string): Collections {
  const { users, nodes, feed } = collectionNames(prefix)
  return {
    users: db.collection(users, CONCERNS),
    nodes: db.collection(nodes, CONCERNS),
    holdOff: db.collection(nodes, CONCERNS),
    feed: db.collection(feed, CONCERNS),
  }
}
