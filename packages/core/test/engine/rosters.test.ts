import { describe, expect, it } from 'vitest'
import { createPresence, memoryStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

async function nodeOnFaultyStore() {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  return { node: await createTestNode({ clock, store }), clock, store }
}

describe('watching', () => {
  it('follows a space over two nodes', async () => {
    const node = await createTestNode()
    await using other = await createTestNode({ clock: node.clock, store: node.store })
    const watcher = await other.watch('space:default')
    const tab = await node.connect('ada')
    await node.clock.advance(20)
    expect(watcher.status('ada')).toBe('online')
    await tab.enter('default', { page: 2 })
    await node.clock.advance(20)
    expect(watcher.user('ada')?.spaces).toEqual([{ space: 'default', state: { page: 2 } }])
    await tab.exit('default')
    await node.clock.advance(20)
    expect(watcher.status('ada')).toBe(undefined)
    expect(await other.statusOf('ada')).toBe('online')
    await node[Symbol.asyncDispose]()
  })

  it('sends the first change at once, and those of the next moments together', async () => {
    await using node = await createTestNode()
    const watcher = await node.watch('space:default')
    await Promise.all(Array.from({ length: 50 }, (_, i) => node.connect(`user-${i}`)))
    expect(watcher.messages.length).toBe(1)
    await node.clock.advance(50)
    expect(watcher.users.size).toBe(50)
    expect(watcher.messages.length).toBeLessThanOrEqual(3)
  })

  it('of one user begins with their state, present or not', async () => {
    await using node = await createTestNode()
    const watcher = await node.watch('user:ada')
    expect(watcher.user('ada')).toMatchObject({ status: 'offline', lastSeenAt: null })
    await node.connect('ada')
    expect(watcher.status('ada')).toBe('online')
  })

  it('of counts tells numbers only', async () => {
    await using node = await createTestNode()
    const watcher = await node.watch('count:default')
    await node.connect('ada')
    expect(watcher.messages).toMatchObject([{ type: 'counts', counts: { present: 1, online: 1 } }])
    expect(await node.presence.counts('default')).toMatchObject({ present: 1, online: 1, away: 0 })
  })

  it('shares one roster among all who watch, and lets go of it with the last', async () => {
    const { node, store, clock } = await nodeOnFaultyStore()
    const group = node.presence.watchers({ broadcast() {} })
    const joined: unknown[] = []
    const join = (_room: string, first: unknown) => joined.push(first)
    await Promise.all([
      group.watch('space:default', 'others', null, join),
      group.watch('space:default', 'others', null, join),
    ])
    expect(joined).toHaveLength(2)
    group.unwatch('space:default', 'others')
    await node.connect('ada')
    store.loads.length = 0
    group.unwatch('space:default', 'others')
    group.unwatch('space:default', 'others')
    await clock.advance(60_000)
    expect(store.loads).toEqual([])
    await node[Symbol.asyncDispose]()
  })

  it('brings a watcher that comes back up to date by the diffs it missed', async () => {
    await using node = await createTestNode()
    const group = node.presence.watchers({ broadcast() {} })
    let sequence: { generation: string; n: number } | null = null
    await group.watch('space:default', 'others', null, (_room, first) => {
      if ('snapshot' in first) sequence = first.snapshot.sequence
    })
    await node.connect('ada')
    await group.watch('space:default', 'others', sequence, (_room, first) => {
      expect(first).toMatchObject({ replay: { diffs: [{ set: [{ userId: 'ada' }] }] } })
    })
    expect.assertions(1)
  })

  it('is refused while the store cannot be read, and works once it can', async () => {
    const { node, store } = await nodeOnFaultyStore()
    store.down = true
    await expect(node.watch('space:default')).rejects.toMatchObject({ code: 'store-error' })
    store.down = false
    await node.connect('ada')
    expect((await node.watch('space:default')).status('ada')).toBe('online')
    await node[Symbol.asyncDispose]()
  })

  it('finds within one reconciliation what the feed lost', async () => {
    const { node, store, clock } = await nodeOnFaultyStore()
    const watcher = await node.watch('space:default')
    const gone = await node.connect('bob')
    await clock.advance(20)
    store.deaf = true
    await node.connect('ada')
    await gone.leave()
    await clock.advance(100)
    expect([...watcher.users.keys()]).toEqual(['bob'])
    store.deaf = false
    await clock.advance(30_000)
    expect([...watcher.users.keys()]).toEqual(['ada'])
    await node[Symbol.asyncDispose]()
  })

  it('compares with the store at once when the feed says that it may have missed something', async () => {
    const { node, store, clock } = await nodeOnFaultyStore()
    const watcher = await node.watch('space:default')
    store.deaf = true
    await node.connect('ada')
    store.deaf = false
    store.gap()
    await clock.advance(20)
    expect(watcher.status('ada')).toBe('online')
    await node[Symbol.asyncDispose]()
  })

  it('of a space that grew too large turns to counts, and back', async () => {
    await using node = await createTestNode({ largeSpace: { above: 2, below: 2 - 1 } })
    const watcher = await node.watch('space:default')
    const tabs = await Promise.all(['ada', 'bob', 'cyd'].map((userId) => node.connect(userId)))
    await node.clock.advance(50)
    expect(watcher.messages.at(-1)).toMatchObject({
      type: 'snapshot',
      topics: [{ mode: 'counts', counts: { present: 3 } }],
    })
    for (const tab of tabs) await tab.leave()
    await node.clock.advance(50)
    expect(watcher.messages.at(-1)).toMatchObject({ type: 'snapshot', topics: [{ mode: 'list', users: [] }] })
  })

  it('ends for all topics of an adapter that goes away', async () => {
    await using node = await createTestNode()
    const heard: unknown[] = []
    const group = node.presence.watchers({ broadcast: (_room, message) => heard.push(message) })
    await group.watch('space:default', 'others', null, () => {})
    await group.watch('user:ada', 'others', null, () => {})
    group.close()
    await node.connect('ada')
    await node.clock.advance(60_000)
    expect(heard).toEqual([])
  })

  it('before start is refused', async () => {
    const node = await createTestNode()
    const idle = createPresence({ store: node.store, clock: node.clock })
    const group = idle.watchers({ broadcast() {} })
    await expect(group.watch('space:default', 'others', null, () => {})).rejects.toMatchObject({ code: 'not-running' })
    await node[Symbol.asyncDispose]()
  })

  it('reports an adapter that throws, and goes on', async () => {
    await using node = await createTestNode()
    const broken = node.presence.watchers({
      broadcast() {
        throw new Error('socket closed')
      },
    })
    await broken.watch('space:default', 'others', null, () => {})
    const watcher = await node.watch('space:default')
    await node.connect('ada')
    expect(watcher.status('ada')).toBe('online')
    expect(node.errors).toEqual(['listener-error'])
    broken.close()
  })
})

describe('signals', () => {
  const typing = { space: 'default', name: 'typing', data: null, forMs: 3000 }

  it('reach whoever watches the space', async () => {
    await using node = await createTestNode()
    const ada = await node.connect('ada')
    const watcher = await node.watch('space:default')
    await node.presence.signal(ada, typing)
    await node.clock.settle()
    expect(watcher.messages).toEqual([{ type: 'signal', userId: 'ada', ...typing }])
  })

  it('of an invisible user reach admins only', async () => {
    await using node = await createTestNode()
    const ada = await node.connect('ada', { invisible: { forMs: null } })
    const others = await node.watch('space:default')
    const admins = await node.watch('space:default', 'admin')
    await node.presence.signal(ada, typing)
    await node.clock.settle()
    expect(others.messages).toEqual([])
    expect(admins.messages).toMatchObject([{ type: 'signal' }])
  })
})
