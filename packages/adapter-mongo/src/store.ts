import type { PresenceStore, StoreCapabilities } from '@rollcall/core'
import type { Db } from 'mongodb'
import { createCalls } from './calls.ts'
import { openCollections } from './collections.ts'
import { createFeedHub } from './feed-hub.ts'
import { createFeedSource } from './feed-source.ts'
import { createLeases } from './leases.ts'
import { type MongoStoreOptions, resolveOptions, type StoreSettings } from './options.ts'
import { createPublications } from './publications.ts'
import { createQueries } from './queries.ts'
import { createReadiness } from './readiness.ts'
import { createSaves } from './saves.ts'
import { createStoreTime, readServerTime } from './server-time.ts'

/**
 * A store on MongoDB 6 to 8, through a `Db` of the driver 6 or 7, the one of Mongoose included. The client stays the
 * application's: it is neither connected nor closed here, and its concerns and preferences do not matter, for the store
 * reads from the primary and has writes acknowledged by a majority.
 *
 * Saves are not fenced: a write of a killed node may pass, and `deadNodes` finds it. With change streams a save and its
 * publication are one step; where the feed is polled they are two, and a crash between them is healed by the next
 * reconciliation. A hold-off that begins while `deadNodes` runs may come too late for that call.
 *
 * @throws PresenceError `invalid-option`
 */
export function mongoStore(db: Db, options: MongoStoreOptions = {}): PresenceStore {
  const settings = resolveOptions(options)
  const { prefix, pollEveryMs, timeoutMs } = settings
  const collections = openCollections(db, prefix)
  const calls = createCalls(timeoutMs)
  const ready = createReadiness(db, calls, settings)
  const serverTime = () => readServerTime(db)
  const publications = createPublications(collections)
  const isPolled = pollEveryMs !== null
  const queries = createQueries(collections)
  const saves = createSaves(collections, isPolled ? publications.changes : async () => {})
  const leases = createLeases(collections, queries, isPolled ? publications.echo : async () => {})
  const now = createStoreTime(serverTime, leases.renewedAt)
  const hub = createFeedHub(createFeedSource({ db, collections, calls, settings, serverTime, publications }))

  const call = <T>(work: () => Promise<T>): Promise<T> =>
    calls(async () => {
      await ready()
      return work()
    })

  return {
    capabilities: capabilitiesOf(settings),
    now: () => call(now),
    load: (userIds) => call(() => saves.load(userIds)),
    save: (writes) => call(() => saves.save(writes)),
    due: (at, cursor, limit) => call(() => queries.due(at, cursor, limit)),
    list: (query, cursor, limit) => call(() => queries.list(query, cursor, limit)),
    count: (query) => call(() => queries.count(query)),
    renewNode: (...renewal) => call(() => leases.renewNode(...renewal)),
    deadNodes: (at, cursor, limit) => call(() => leases.deadNodes(at, cursor, limit)),
    usersOf: (nodeId, cursor, limit) => call(() => queries.usersOf(nodeId, cursor, limit)),
    removeNode: (nodeId) => call(() => leases.removeNode(nodeId)),
    async subscribe(listener) {
      const subscribing = ready().then(() => hub.subscribe(listener))
      try {
        return await calls(() => subscribing)
      } catch (error) {
        // Given up; if it comes about after all, nobody wants it.
        subscribing.then(
          (late) => late.close(),
          () => {},
        )
        throw error
      }
    },
    close: () => hub.close(),
  }
}

function capabilitiesOf({ pollEveryMs }: StoreSettings): StoreCapabilities {
  return {
    name: 'mongo',
    durable: true,
    shared: true,
    fencedSaves: false,
    atomicPublication: pollEveryMs === null,
    feed: pollEveryMs === null ? { kind: 'push' } : { kind: 'poll', everyMs: pollEveryMs },
  }
}
