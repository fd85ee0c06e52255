import { storeContract } from '@rollcall/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createIndexes, type MongoStoreOptions, mongoStore } from '../src/index.ts'
import { type DRIVERS, openDatabase, type TestDatabase } from './database.ts'

/** Runs the conformance suite on a server, through one version of the driver. */
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
      describe,
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
