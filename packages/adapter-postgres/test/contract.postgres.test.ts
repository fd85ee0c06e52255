import { storeContract } from '@rollcall/contract'
import { afterAll, describe, it } from 'vitest'
import { createDatabase } from './schema.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

describe('the store on PostgreSQL', () => {
  storeContract({ describe, it, createStore: database.createStore, createPeer: database.createPeer })
})
