import { afterAll, describe, expect, it } from 'vitest'
import { namesIn } from '../src/names.ts'
import { listen, until } from './ear.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

describe('the feed', { concurrent: false }, () => {
  it('tells another handle every version of a user, in order, however fast they come', async () => {
    const store = await database.createStore('versions')
    const peer = database.createPeer('versions')
    const ear = await listen(peer, 'user:ada')
    for (let version = 1; version <= 200; version++) {
      expect(await store.save([writeOf({ userId: 'ada', version })])).toEqual([{ ok: true }])
    }
    await until(() => ear.changes.length >= 200)
    expect(ear.changes.map(({ version }) => version)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    expect(ear.gaps).toEqual([])
    await peer.close()
    await store.close()
  })

  it('tells the changes of a large call in their order, each once, although they take many notifications', async () => {
    const store = await database.createStore('large')
    const peer = database.createPeer('large')
    const spaces = Array.from({ length: 20 }, (_, i) => `space number ${i}`)
    const ears = [await listen(peer, 'space:space number 3', 'space:space number 4'), await listen(store, 'space:all')]
    const writes = Array.from({ length: 500 }, (_, i) =>
      writeOf({ userId: `user ${1000 + i}`, spaces: ['all', ...spaces] }),
    )
    await store.save(writes)
    for (const ear of ears) {
      await until(() => ear.changes.length >= 500)
      expect(ear.changes.map(({ userId }) => userId)).toEqual(writes.map(({ userId }) => userId))
      expect(ear.calls.length).toBeLessThan(20)
    }
    await peer.close()
    await store.close()
  })

  it('carries a change of more topics than a notification can name', async () => {
    const store = await database.createStore('topics')
    const peer = database.createPeer('topics')
    const ear = await listen(peer, 'space:space 4711')
    const deaf = await listen(peer, 'space:another')
    const spaces = Array.from({ length: 5_000 }, (_, i) => `space ${i}`)
    await store.save([writeOf({ userId: 'ada', spaces })])
    await store.save([writeOf({ userId: 'bob', spaces: ['another'] })])
    await until(() => ear.changes.length > 0 && deaf.changes.length > 0)
    expect(deaf.changes.map(({ userId }) => userId)).toEqual(['bob'])
    await peer.close()
    await store.close()
  })

  it('carries a signal larger than a notification', async () => {
    const store = await database.createStore('signals')
    const peer = database.createPeer('signals')
    const ear = await listen(peer, 'space:a')
    const other = await listen(peer, 'space:b')
    const signal = { name: 'paste', data: 'ä'.repeat(6_000) }
    await (await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })).publish({ topic: 'space:a', signal })
    await until(() => ear.signals.length > 0)
    expect(ear.signals).toEqual([{ topic: 'space:a', signal }])
    expect(other.signals).toEqual([])
    await peer.close()
    await store.close()
  })

  it('tells of a gap when a change was pruned before it was read back', async () => {
    const store = await database.createStore('pruned')
    const peer = database.createPeer('pruned')
    const ear = await listen(peer, 'user:ada')
    const schema = database.nameOf('pruned')
    // In one transaction with the notification, so that nobody can be quicker.
    await database.pool.query(
      `DO $$ BEGIN
        PERFORM "${schema}".presence_save('${JSON.stringify([rowOfAda()])}', 'x:1', '${channelOf(schema)}', 1000);
        DELETE FROM "${schema}".presence_change;
      END $$`,
    )
    await until(() => ear.gaps.length > 0)
    expect(ear.gaps).toEqual([null])
    expect(ear.changes).toEqual([])
    await peer.close()
    await store.close()
  })

  it('tells of a gap after its session was ended by the server, and hears again', async () => {
    const store = await database.createStore('ended')
    const peer = database.createPeer('ended')
    const ear = await listen(peer, 'user:ada', 'user:bob')
    await database.endListening()
    await until(() => ear.gaps.length > 0)
    expect(ear.gaps).toEqual([null])
    await store.save([writeOf({ userId: 'ada' })])
    await until(() => ear.changes.length > 0)
    await database.endListening()
    // Added while there is no session: resolves once it is certain to be heard.
    await ear.subscription.add(['user:cyd'])
    await store.save([writeOf({ userId: 'cyd' })])
    await until(() => ear.changes.some(({ userId }) => userId === 'cyd'))
    await peer.close()
    await store.close()
  })

  it('does not go on listening once it is closed', async () => {
    const store = await database.createStore('closed')
    const ear = await listen(store, 'user:ada')
    const before = await database.listening()
    expect(before).toBeGreaterThan(0)
    await ear.subscription.close()
    await database.endListening()
    await store.close()
    // The server takes its time to end a session that said goodbye.
    await until(async () => (await database.listening()) === 0)
  })

  it('outlives a listener that throws', async () => {
    const store = await database.createStore('throwing')
    const thrown: unknown[] = []
    const onThrown = (error: unknown) => thrown.push(error)
    process.on('uncaughtException', onThrown)
    const others = process.listeners('uncaughtException').filter((listener) => listener !== onThrown)
    for (const other of others) process.off('uncaughtException', other)
    let heard = 0
    const subscription = await store.subscribe({
      onChanges() {
        heard++
        throw new Error('a bug of the engine')
      },
      onSignal() {},
      onGap() {},
    })
    await subscription.add(['user:ada'])
    await store.save([writeOf({ userId: 'ada' })])
    await until(() => heard === 1)
    await store.save([writeOf({ userId: 'ada', version: 2 })])
    await until(() => heard === 2 && thrown.length === 2)
    process.off('uncaughtException', onThrown)
    for (const other of others) process.on('uncaughtException', other)
    await store.close()
  })
})

/** What all channels of a schema begin with, as the store itself names them. */
function channelOf(schema: string): string {
  return namesIn(schema).channel
}

function rowOfAda() {
  const feed = Object.fromEntries(Array.from({ length: 16 }, (_, bucket) => [bucket, '*']))
  const standing = { real_status: 'online', real_spaces: [], shown_status: 'online', shown_spaces: [] }
  const row = { n: 0, user_id: 'ada', expected: null, writer: 'w', rev: 'w:1', rev_hash: 1, epoch: 1, version: 1 }
  return { ...row, ...standing, nodes: [], record: {}, is_published: false, topics: ['user:ada'], feed }
}
