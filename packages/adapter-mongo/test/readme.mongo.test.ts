import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase, type TestDatabase } from './database.ts'

describe('the examples of the README', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await openDatabase()
    const url = new URL(process.env.MONGO_URL ?? '')
    url.pathname = `/${database.db.databaseName}`
    vi.stubEnv('MONGO_URL', url.href)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await database[Symbol.asyncDispose]()
  })

  it('list who is online', async () => {
    const { users } = await import('./readme/start.ts')
    expect(users).toMatchObject([{ userId: 'ada', status: 'online' }])
  })

  it("keep the application's own documents", async () => {
    const { online } = await import('./readme/projection.ts')
    expect(online).toMatchObject([{ name: 'Ada', status: 'online', lastActive: expect.any(Date) }])
  })
})
