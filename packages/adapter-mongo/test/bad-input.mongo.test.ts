import type { Connection } from '@rollcall/core'
import { type Db, MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { createIndexes, mongoStore } from '../src/index.ts'
import { openDatabase } from './database.ts'
import { writeOf } from './writes.ts'

/** What a server answers, without one. */
function answering(answers: Readonly<Record<string, object>>): Db {
  const collection = () => ({ listIndexes: () => ({ toArray: async () => [] }) })
  const command = async (asked: object) => answers[Object.keys(asked)[0] ?? '']
  return { databaseName: 'app', collection, command } as unknown as Db
}

describe('bad input', () => {
  it('says which indexes are missing, and what to call', async () => {
    await using database = await openDatabase()
    const store = mongoStore(database.db, { prefix: 'app' })
    const { databaseName } = database.db
    const call = `call createIndexes(db, { prefix: "app" }) of @rollcall/adapter-mongo once`
    await expect(store.now()).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringContaining(call),
      details: {
        database: databaseName,
        missing: [
          'app_feed.at',
          'app_nodes.touched',
          'app_users.due',
          'app_users.forgotten',
          'app_users.nodes',
          'app_users.places',
        ],
      },
    })
    // Once they are there it works.
    await createIndexes(database.db, { prefix: 'app' })
    expect(await store.now()).toBeGreaterThan(0)
  })

  it('creates the indexes twice without harm, and two processes at once', async () => {
    await using database = await openDatabase()
    await Promise.all([createIndexes(database.db), createIndexes(database.db)])
    await createIndexes(database.db)
    expect(await mongoStore(database.db).count({ as: 'others' })).toBe(0)
  })

  it('names the index that is another one', async () => {
    await using database = await openDatabase()
    await database.db.collection('presence_users').createIndex({ other: 1 }, { name: 'places' })
    await expect(createIndexes(database.db)).rejects.toMatchObject({
      code: 'store-error',
      message: expect.stringMatching(/indexes of \w+\.presence_users could not be created/),
    })
  })

  it('asks for a replica set or polling where there are no change streams', async () => {
    await using database = await openDatabase('MONGO_STANDALONE_URL')
    await createIndexes(database.db)
    await expect(mongoStore(database.db).now()).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringContaining("give feed: { pollEvery: '1s' }"),
    })
  })

  it('refuses to follow a change stream through mongos', async () => {
    const db = answering({ hello: { maxWireVersion: 21, msg: 'isdbgrid' } })
    await expect(mongoStore(db).now()).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringContaining("give feed: { pollEvery: '1s' }"),
    })
  })

  it('refuses indexes on the right fields that do not do what they should', async () => {
    await using database = await openDatabase()
    const { db } = database
    await db.collection('presence_feed').createIndex({ at: 1 }, { name: 'at' })
    await db.collection('presence_users').createIndex({ wakeAt: 1, _id: 1 }, { name: 'due' })
    await expect(mongoStore(db).now()).rejects.toMatchObject({
      code: 'store-unfit',
      details: { missing: expect.arrayContaining(['presence_feed.at', 'presence_users.due']) },
    })
  })

  it('refuses a server that is too old, by its version', async () => {
    const db = answering({ hello: { maxWireVersion: 13, setName: 'rs' }, buildInfo: { version: '5.0.9' } })
    await expect(mongoStore(db).now()).rejects.toMatchObject({
      code: 'store-unfit',
      message: 'this is MongoDB 5.0.9; the store needs 6.0 or newer',
    })
  })

  it('says that nobody answers at a wrong address, in time', async () => {
    const client = new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 200 })
    const asked = performance.now()
    await expect(mongoStore(client.db('app')).load(['ada'])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('check the address'),
    })
    const patient = new MongoClient('mongodb://127.0.0.1:1')
    await expect(mongoStore(patient.db('app'), { timeout: 300 }).load(['ada'])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('within 300 ms'),
    })
    expect(performance.now() - asked).toBeLessThan(20_000)
    await Promise.all([client.close(), patient.close()])
  })

  it('says that credentials are wrong', async () => {
    const url = new URL(process.env.MONGO_URL ?? '')
    url.username = 'nobody'
    url.password = 'wrong'
    const client = new MongoClient(url.href, { serverSelectionTimeoutMS: 2_000 })
    await expect(mongoStore(client.db('app')).now()).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringContaining('check the user, the password and authSource'),
    })
    await client.close()
  })

  it('refuses a record too large, names the user, and saves nothing of the call', async () => {
    await using database = await openDatabase()
    await createIndexes(database.db)
    const store = mongoStore(database.db)
    const large = { id: 'x'.repeat(8 * 1024 * 1024) } as Connection
    const writes = [writeOf('ada'), writeOf('bob', { connections: [large] })]
    await expect(store.save(writes)).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: expect.stringContaining('the record of bob has 83'),
      details: { userId: 'bob', limit: 7 * 1024 * 1024 },
    })
    expect(await store.load(['ada', 'bob'])).toEqual([null, null])
  })

  it('takes a record of several megabytes, and tells it to subscribers', async () => {
    await using database = await openDatabase()
    await createIndexes(database.db)
    const store = mongoStore(database.db)
    const large = { id: 'x'.repeat(6 * 1024 * 1024) } as Connection
    const heard = new Promise<number>((resolve) => {
      void store
        .subscribe({ onChanges: ([change]) => resolve(change?.version ?? 0), onSignal() {}, onGap() {} })
        .then((subscription) => subscription.add(['user:ada']))
        .then(() => store.save([writeOf('ada', { connections: [large] })]))
    })
    expect(await heard).toBe(1)
    expect((await store.load(['ada']))[0]?.connections[0]?.id.length).toBe(6 * 1024 * 1024)
    await store.close()
  })
})
