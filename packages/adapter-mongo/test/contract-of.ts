import { storeContract } from '@rollcall/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createIndexes, type MongoStoreOptions, mongoStore } from '../src/index.ts'
import { type DRIVERS, openDatabase, type TestDatabase } from './database.ts'

/** Groups in whose cases the driver's own doing shows: the errors of bulk writes, cursors, and what values come back as. */
const DRIVEN = new Set([
  'records',
  'compare-and-set',
  'leases',
  'dead nodes',
  'digest',
  'feed',
  'subscriptions',
  'signals',
])

/**
 * Runs the conformance suite on a server, through one version of the driver: all of it on the newest, and on the other
 * what may differ between them.
 */
export function contractOf(
  variable: 'MONGO_URL' | 'MONGO_STANDALONE_URL',
  driver: keyof typeof DRIVERS,
  options: MongoStoreOptions = {},
): void {
  describe(`driver ${driver}`, () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await openDatabase(variable, driver)
    })
    afterAll(() => database[Symbol.asyncDispose]())

    storeContract({
      describe: (group, body) => {
        if (driver === 7 || DRIVEN.has(group)) describe(group, body)
      },
      // Cases share nothing; most of their time is spent waiting for the server.
      it: it.concurrent,
      async createStore(namespace) {
        await createIndexes(database.db, { prefix: namespace })
        return mongoStore(database.db, { ...options, prefix: namespace })
      },
      createPeer: (namespace) => mongoStore(database.db, { ...options, prefix: namespace }),
      patienceMs: 20_000,
    })
  })
}
