import type { FeedChange, PresenceStore } from '@rollcall/core'
import { MongoClient } from 'mongodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startOwn } from '../../../scripts/services/own-server.ts'
import { createIndexes, mongoStore } from '../src/index.ts'
import { openDatabase } from './database.ts'
import { writeOf } from './writes.ts'

const SOON = { timeout: 20_000, interval: 20 }

/** Hears one topic. */
async function listen(store: PresenceStore, topic: 'user:ada') {
  const versions: number[] = []
  let gaps = 0
  const subscription = await store.subscribe({
    onChanges: (changes: readonly FeedChange[]) => versions.push(...changes.map(({ version }) => version)),
    onSignal() {},
    onGap: () => gaps++,
  })
  await subscription.add([topic])
  return { versions, gaps: () => gaps, subscription }
}

describe('a change stream', () => {
  it('goes on where it was when its cursor is killed', async () => {
    await using database = await openDatabase('MONGO_URL', 7, { monitorCommands: true })
    const { client, db } = database
    const cursors: unknown[] = []
    client.on(
      'commandStarted',
      ({ commandName, command }) => commandName === 'getMore' && cursors.push(command.getMore),
    )
    await createIndexes(db)
    const store = mongoStore(db)
    const ear = await listen(store, 'user:ada')
    await store.save([writeOf('ada', { version: 1 })])
    await vi.waitFor(() => expect(ear.versions).toEqual([1]), SOON)
    await db.command({ killCursors: '$cmd.aggregate', cursors: [cursors.at(-1)] })
    await store.save([writeOf('ada', { version: 2, expected: 'writer:1' })])
    await store.save([writeOf('ada', { version: 3, expected: 'writer:2' })])
    await vi.waitFor(() => expect(ear.versions).toEqual([1, 2, 3]), SOON)
    expect(ear.gaps()).toBe(0)
    await store.close()
  })

  it('reports a gap when the collections are dropped, and goes on', async () => {
    await using database = await openDatabase()
    await createIndexes(database.db)
    const store = mongoStore(database.db)
    const ear = await listen(store, 'user:ada')
    await database.db.dropDatabase()
    await vi.waitFor(() => expect(ear.gaps()).toBeGreaterThan(0), SOON)
    await createIndexes(database.db)
    await vi.waitFor(async () => {
      const version = Date.now()
      const [standing] = await store.load(['ada'])
      await store.save([writeOf('ada', { version, expected: standing?.rev ?? null })])
      expect(ear.versions.length).toBeGreaterThan(0)
    }, SOON)
    await store.close()
  })
})

describe('a server that stops and starts', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  it('rejects calls in time meanwhile, and is heard again afterwards without a gap', async () => {
    await using server = await startOwn('mongo', { clustered: true, durable: true })
    // A driver that looks for other members gives up the only one when that steps down without a successor.
    const client = new MongoClient(server.url, { directConnection: true })
    closing.push(() => client.close())
    const db = client.db('restart')
    await createIndexes(db)
    const store = mongoStore(db, { timeout: '1s' })
    closing.push(() => store.close())
    const ear = await listen(store, 'user:ada')
    await store.save([writeOf('ada')])
    await vi.waitFor(() => expect(ear.versions).toEqual([1]), SOON)
    await server.stop()
    const asked = performance.now()
    await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'unavailable' })
    // Far below what the driver would take by itself, however busy the machine.
    expect(performance.now() - asked).toBeLessThan(20_000)
    await server.start()
    await vi.waitFor(async () => expect((await store.load(['ada']))[0]?.version).toBe(1), SOON)
    await store.save([writeOf('ada', { version: 2, expected: 'writer:1' })])
    await vi.waitFor(() => expect(ear.versions).toEqual([1, 2]), SOON)
    expect(ear.gaps()).toBe(0)
  })
})
