import { storeContract } from '@rollcall/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createIndexes, type MongoStoreOptions, mongoStore } from '../src/index.ts'
import { openDatabase, type TestDatabase } from './database.ts'

const LANES = [
  { name: 'change streams', variable: 'MONGO_URL', options: {} },
  { name: 'polling', variable: 'MONGO_STANDALONE_URL', options: { feed: { pollEvery: 20 } } },
] as const satisfies readonly { name: string; variable: string; options: MongoStoreOptions }[]

for (const { name, variable, options } of LANES) {
  for (const driver of [6, 7] as const) {
    describe(`${name}, driver ${driver}`, () => {
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
      })
    })
  }
}
