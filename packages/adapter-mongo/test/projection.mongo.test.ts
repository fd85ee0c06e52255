import { createTestCluster } from '@rollcall/core/testing'
import { type Document, ObjectId, UUID } from 'mongodb'
import mongoose from 'mongoose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProjectionIndex, type MongoProjectionOptions, projection } from '../src/index.ts'
import { openDatabase, type TestDatabase } from './database.ts'

describe('a projection onto user documents', () => {
  let database: TestDatabase
  const stops: (() => Promise<void>)[] = []
  beforeEach(async () => {
    database = await openDatabase('MONGO_URL', 7, { monitorCommands: true })
  })
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop()
    await database[Symbol.asyncDispose]()
  })

  /** Two nodes in virtual time, and the documents in a real database. */
  const setUp = async (options: Partial<MongoProjectionOptions> = {}) => {
    const cluster = await createTestCluster({ nodes: 2 })
    // Until then an empty store counts as one that fills again.
    await cluster.advance('2m')
    const [node, other] = cluster.nodes
    const { db } = database
    const given = {
      presence: node.presence,
      store: cluster.store,
      db,
      collection: 'users',
      repairEvery: false,
    } as const
    const users = projection({ ...given, ...options })
    stops.push(async () => {
      await users.close().catch(() => {})
      await cluster[Symbol.asyncDispose]()
    })
    const errors: string[] = []
    node.presence.on('error', ({ code }) => errors.push(code))
    const documentOf = (_id: unknown) => db.collection('users').findOne({ _id } as Document)
    return { cluster, node, other, users, documentOf, given, errors }
  }
  const insert = (...ids: readonly unknown[]) =>
    database.db.collection('users').insertMany(ids.map((_id) => ({ _id, name: String(_id) })) as Document[])

  it('writes what others see, beside what the application wrote', async () => {
    await insert('ada')
    const { node, users, documentOf } = await setUp()
    const tab = await node.connect('ada')
    await users.flush()
    const present = await documentOf('ada')
    expect(present).toMatchObject({ name: 'ada', isOnline: true, status: 'online', lastSeen: null })
    expect(present?.lastActive).toBeInstanceOf(Date)
    await tab.leave()
    await users.flush()
    const absent = await documentOf('ada')
    expect(absent).toMatchObject({ isOnline: false, status: 'offline', lastActive: absent?.lastSeen })
    expect(absent?.lastSeen).toBeInstanceOf(Date)
  })

  it('finds documents by ObjectId; who has none is left out', async () => {
    const id = new ObjectId()
    await insert(id)
    const { node, users, documentOf } = await setUp({ toId: (userId) => new ObjectId(userId), fromId: String })
    await node.connect(id.toHexString())
    await node.connect('guest')
    await node.connect(new ObjectId().toHexString())
    await users.flush()
    expect(await documentOf(id)).toMatchObject({ isOnline: true })
    expect(await database.db.collection('users').countDocuments()).toBe(1)
  })

  it('keeps who is present under another spelling of the id of their document online', async () => {
    const id = new ObjectId('ABCDEFABCDEFABCDEFABCDEF')
    await insert(id)
    const { cluster, node, users, documentOf } = await setUp({
      toId: (userId) => new ObjectId(userId),
      fromId: String,
    })
    await node.connect('ABCDEFABCDEFABCDEFABCDEF')
    await users.flush()
    for (let i = 0; i < 3; i++) {
      expect(await users.repair()).toBe(0)
      expect(await documentOf(id)).toMatchObject({ isOnline: true })
      await cluster.advance('1m')
    }
  })

  it('finds documents by ids of any kind, and leaves those alone that do not lead back to themselves', async () => {
    const ids = [7, { tenant: 1, name: 'ada' }, new UUID(), new ObjectId()]
    await insert(...ids)
    await database.db.collection('users').updateMany({}, { $set: { isOnline: true } })
    const { cluster, users } = await setUp({
      toId: (userId) => ids[Number(userId)],
      fromId: (id) => String(id instanceof ObjectId ? 0 : ids.findIndex((one) => String(one) === String(id))),
    })
    await users.repair()
    await cluster.advance('1m')
    expect(await users.repair()).toBe(3)
    expect(await database.db.collection('users').distinct('_id', { isOnline: true })).toEqual([ids[3]])
  })

  it('refuses one way between ids without the other', async () => {
    await expect(setUp({ toId: (userId) => userId })).rejects.toMatchObject({ code: 'invalid-option' })
  })

  it('writes all but what a single document refuses', async () => {
    await insert('ada', 'bob', 'cyd')
    await database.db.collection('users').createIndex({ status: 1 }, { unique: true, sparse: true })
    const { node, users, errors, documentOf } = await setUp()
    await node.connect('ada')
    await users.flush()
    await node.connect('bob')
    await node.connect('cyd')
    await node.presence.claim('cyd', { source: 'manual', status: 'dnd' })
    await users.flush()
    expect(errors).toEqual(['invalid-option'])
    expect(await documentOf('cyd')).toMatchObject({ status: 'dnd' })
  })

  it('shows who is invisible as offline', async () => {
    await insert('ada')
    const { node, users, documentOf } = await setUp()
    await node.connect('ada')
    await users.flush()
    await node.presence.claim('ada', { source: 'manual', status: 'invisible' })
    await users.flush()
    expect(await documentOf('ada')).toMatchObject({ isOnline: false, status: 'offline' })
  })

  it('writes one command for many changes, and none for what it does not carry', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `user ${i}`)
    await insert(...ids)
    const { node, users } = await setUp()
    let updates = 0
    database.client.on('commandStarted', ({ commandName }) => commandName === 'update' && updates++)
    for (const userId of ids) await node.connect(userId)
    await users.flush()
    expect(updates).toBe(1)
    await node.presence.setMessage('user 1', { text: 'hello' })
    await node.connect('user 2')
    await users.flush()
    expect(updates).toBe(1)
  })

  it('never goes back: what is late is not written over what is newer', async () => {
    await insert('ada')
    const { node, other, users, documentOf, given } = await setUp()
    const late = projection({ ...given, presence: other.presence })
    stops.unshift(() => late.close())
    const tab = await other.connect('ada')
    await tab.leave()
    await node.connect('ada')
    await users.flush()
    const newest = await documentOf('ada')
    await late.flush()
    expect(await documentOf('ada')).toEqual(newest)
    expect(newest).toMatchObject({ isOnline: true })
  })

  it('repairs documents that a process left behind', async () => {
    await insert('ada', 'bob', 'cyd')
    await createProjectionIndex({ db: database.db, collection: 'users' })
    const { node, users, documentOf, given } = await setUp()
    const [ada] = [await node.connect('ada'), await node.connect('bob')]
    await users.flush()
    // It dies with what it had not written.
    await users.close()
    await ada.leave()
    await node.connect('cyd')
    const next = projection(given)
    stops.unshift(() => next.close())
    expect(await next.repair()).toBe(2)
    const states = await Promise.all(['ada', 'bob', 'cyd'].map(async (id) => (await documentOf(id))?.isOnline))
    expect(states).toEqual([false, true, true])
    expect(await next.repair()).toBe(0)
  })

  it('repairs in pages by ObjectId', async () => {
    const ids = Array.from({ length: 260 }, () => new ObjectId())
    await insert(...ids)
    const online = { isOnline: true, status: 'online', presenceEpoch: 1, presenceVersion: 1 }
    await database.db.collection('users').updateMany({}, { $set: online })
    const { cluster, users } = await setUp({ toId: (userId) => new ObjectId(userId), fromId: String, timeout: '50s' })
    expect(await users.repair()).toBe(0)
    await cluster.advance('1m')
    expect(await users.repair()).toBe(260)
    expect(await database.db.collection('users').countDocuments({ isOnline: true })).toBe(0)
  })

  it('writes only the fields it is given, under their names', async () => {
    await insert('ada')
    const fields = { isOnline: 'presence.online', status: false, lastActiveAt: false, lastSeenAt: false } as const
    const { cluster, node, users, documentOf } = await setUp({ fields })
    await node.connect('ada')
    await users.flush()
    expect(await documentOf('ada')).toEqual({
      _id: 'ada',
      name: 'ada',
      presence: { online: true },
      presenceEpoch: expect.any(Number),
      presenceVersion: 1,
    })
    expect(await users.repair()).toBe(0)
    await database.db.collection('users').insertOne({ _id: 'ghost', presence: { online: true } } as Document)
    expect(await users.repair()).toBe(0)
    await cluster.advance('1m')
    expect(await users.repair()).toBe(1)
    expect(await documentOf('ghost')).toMatchObject({ presence: { online: false } })
  })

  it('works beside Mongoose', async () => {
    const connection = await mongoose
      .createConnection(process.env.MONGO_URL ?? '', { dbName: database.db.databaseName })
      .asPromise()
    // An explicit `create` beside other calls hangs SecantusDB for good.
    const options = { timestamps: true, autoCreate: false, autoIndex: false }
    const schema = new mongoose.Schema({ name: String, isOnline: Boolean, lastActive: Date }, options)
    const User = connection.model('User', schema)
    const ada = await User.create({ name: 'Ada' })
    const { node, users } = await setUp({
      db: connection.db as never,
      collection: User.collection.collectionName,
      toId: (userId) => new mongoose.Types.ObjectId(userId),
      fromId: String,
    })
    await node.connect(ada.id)
    await users.flush()
    const [found] = await User.find({ isOnline: true })
    expect(found?.name).toBe('Ada')
    expect(found?.lastActive).toBeInstanceOf(Date)
    // Mongoose writes what was changed there, and leaves the rest.
    ada.name = 'Ada L.'
    await ada.save()
    expect(await User.findById(ada.id).lean()).toMatchObject({ name: 'Ada L.', isOnline: true, status: 'online' })
    await connection.close()
  })

  it('refuses two states in one field', async () => {
    const fields = { status: 'x', isOnline: 'x' }
    await expect(setUp({ fields })).rejects.toMatchObject({ code: 'invalid-option', details: { value: 'x' } })
  })
})
