import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceError } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

async function nodeOnFaultyStore() {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const node = await createTestNode({ clock, store })
  return { node, clock, store }
}

/** Two nodes that share one store. */
async function twoNodes() {
  const { node, clock, store } = await nodeOnFaultyStore()
  return { node, other: await createTestNode({ clock, store }), clock, store }
}

describe('saving', () => {
  it('sends the first event at once, and gathers what comes while that call is in flight', async () => {
    const { node, store } = await nodeOnFaultyStore()
    store.held = true
    const all = ['ada', 'bob', 'cyd', 'dan'].map((userId) => node.connect(userId))
    store.release()
    await Promise.all(all)
    expect(store.saves.map((writes) => writes.map(({ userId }) => userId))).toEqual([['ada'], ['bob', 'cyd', 'dan']])
    await node[Symbol.asyncDispose]()
  })

  it('carries at most 256 records in one call', async () => {
    const { node, store } = await nodeOnFaultyStore()
    await Promise.all(Array.from({ length: 600 }, (_, i) => node.connect(`user-${i}`)))
    expect(store.saves.map((writes) => writes.length)).toEqual([1, 256, 256, 87])
    await node[Symbol.asyncDispose]()
  })

  it('folds what happens to a user during a save into the next one, in order', async () => {
    const { node, store } = await nodeOnFaultyStore()
    const tab = await node.connect('ada')
    store.held = true
    const first = node.presence.setMessage('ada', { text: 'one' })
    await node.clock.settle()
    const rest = [
      node.presence.setMessage('ada', { text: 'two' }),
      node.presence.setMessage('ada', { text: 'three' }),
      tab.enter('default', { page: 1 }),
    ]
    store.release()
    await Promise.all([first, ...rest])
    expect(store.saves).toHaveLength(3)
    expect(await node.presence.get('ada')).toMatchObject({
      message: { text: 'three' },
      spaces: [{ space: 'default', state: { page: 1 } }],
    })
    await node[Symbol.asyncDispose]()
  })

  it('decides again on the record that a conflict brought, without a read', async () => {
    const { node, other, store } = await twoNodes()
    await node.connect('ada')
    store.beforeSave = () => other.presence.claim('ada', { source: 'calendar', status: 'busy' })
    store.loads.length = 0
    await node.presence.claim('ada', { source: 'call', status: 'dnd' })
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'dnd',
      claims: [{ source: 'calendar' }, { source: 'call' }],
    })
    expect(store.loads.filter((userIds) => userIds.includes('ada'))).toHaveLength(2)
    await other[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  })

  it('asks the store before it calls a claim or its end unchanged', async () => {
    const { node, other, store } = await twoNodes()
    await node.connect('ada')
    await node.presence.claim('ada', { source: 'calendar', status: 'busy' })
    store.deaf = true
    await other.presence.clear('ada', 'calendar')
    node.clock.advance(1)
    await node.presence.claim('ada', { source: 'calendar', status: 'busy' })
    expect(await node.statusOf('ada')).toBe('busy')
    await other[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  })

  it('writes nothing for a quiet user, and for an active one once per flushEvery', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    await node.connect('quiet')
    const tab = await node.connect('active')
    store.saves.length = 0
    await clock.advance(4 * 60_000)
    expect(store.saves).toEqual([])
    for (let second = 0; second < 120; second++) {
      tab.activity()
      await clock.advance(1000)
    }
    const written = store.saves.flat().map(({ userId }) => userId)
    expect(written.filter((userId) => userId === 'active')).toHaveLength(2)
    await node[Symbol.asyncDispose]()
  })

  it('writes a leased user at most once per third of the lease, and never lets the lease run out meanwhile', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    const ada = { userId: 'ada', sessionId: 'login-1' }
    for (let second = 0; second < 180; second += 5) {
      await node.presence.touch(ada)
      await clock.advance(5000)
    }
    expect(store.saves.flat().length).toBeLessThanOrEqual(7)
    await clock.advance(84_000)
    expect(await node.statusOf('ada')).toBe('online')
    await clock.advance(12_000)
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'offline',
      cause: { cause: 'lease-expired' },
    })
    await node[Symbol.asyncDispose]()
  })
})

describe('forgetting', () => {
  it('of a user nobody knows changes nothing', async () => {
    const { node, store } = await nodeOnFaultyStore()
    await node.presence.forget('nobody')
    expect(store.saves).toEqual([])
    await node[Symbol.asyncDispose]()
  })

  it('erases everything, and whoever comes again begins with a higher epoch', async () => {
    const { node, store } = await nodeOnFaultyStore()
    await node.connect('ada')
    const epoch = (await store.load(['ada']))[0]?.epoch ?? Number.NaN
    await node.presence.forget('ada')
    expect(await node.presence.get('ada', { as: 'admin' })).toMatchObject({
      statusSince: 0,
      claims: [],
      connections: [],
    })
    await node.connect('ada')
    expect((await store.load(['ada']))[0]?.epoch).toBeGreaterThan(epoch)
    await node[Symbol.asyncDispose]()
  })

  it('happens by itself `forgetAfter` the last sign of life', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    await using node = await createTestNode({ clock, store, policy: { forgetAfter: '1h' } })
    await (await node.connect('ada')).leave()
    await clock.advance(3_600_000 - 20_000)
    expect(await store.load(['ada'])).toMatchObject([{ userId: 'ada' }])
    await clock.advance(40_000)
    expect(await store.load(['ada'])).toEqual([null])
  })
})

describe('a store that fails', () => {
  it('is an error event and an error of the call, and what was asked for is saved when it is back', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    await node.connect('ada')
    store.down = true
    const refused = node.presence
      .claim('ada', { source: 'call', status: 'busy' })
      .catch((error: PresenceError) => error)
    await clock.advance(1000)
    expect(await refused).toMatchObject({ code: 'store-error', details: { users: 1 } })
    expect(node.errors).toContain('store-error')
    expect(node.presence.freshness.stale).toBe(true)
    store.down = false
    await clock.advance(10_000)
    expect(await node.statusOf('ada')).toBe('busy')
    expect(node.presence.freshness.stale).toBe(false)
    await node[Symbol.asyncDispose]()
  })

  it('refuses a connect and leaves no ghost, although the failed call was executed', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    store.loseAnswer = true
    await expect(node.connect('ada')).rejects.toMatchObject({ code: 'store-error' })
    await clock.advance(1000)
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({ connections: [{ phase: 'lost' }] })
    await clock.advance(20_000)
    expect(await node.statusOf('ada')).toBe('offline')
    expect(node.presence.held).toBe(0)
    await node[Symbol.asyncDispose]()
  })

  it('counts a save whose answer was lost as done', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    await node.connect('ada')
    const versionBefore = (await store.load(['ada']))[0]?.version ?? 0
    store.loseAnswer = true
    await node.presence.setMessage('ada', { text: 'lunch' }).catch(() => {})
    await clock.advance(5000)
    expect((await store.load(['ada']))[0]).toMatchObject({ message: { text: 'lunch' }, version: versionBefore + 1 })
    await node[Symbol.asyncDispose]()
  })

  it('that ended the lease keeps what it refused until the next renewal', async () => {
    const { node, clock, store } = await nodeOnFaultyStore()
    await node.connect('ada')
    store.answer = { ok: false, reason: 'fenced' }
    const claimed = node.presence.claim('ada', { source: 'call', status: 'busy' })
    await expect(claimed).rejects.toMatchObject({ code: 'unavailable' })
    expect(node.errors).toEqual(['unavailable'])
    store.answer = null
    await clock.advance(1000)
    expect(await node.statusOf('ada')).toBe('busy')
    await node[Symbol.asyncDispose]()
  })
})

describe('a record of a newer format', () => {
  it('stops its own user only, with an error that says what to do', async () => {
    const { node, store } = await nodeOnFaultyStore()
    await node.connect('ada')
    const [record] = await store.load(['ada'])
    if (!record) throw new Error('ada was not stored')
    const newer = { ...record, format: 99, rev: 'newer:1', version: record.version + 1 }
    await store.save([
      {
        userId: 'ada',
        record: newer,
        expected: record.rev,
        writer: node.presence.nodeId,
        index: {
          wakeAt: null,
          nodes: [],
          shown: { status: 'online', spaces: [] },
          real: { status: 'online', spaces: [] },
        },
        topics: [],
        change: {
          userId: 'ada',
          epoch: newer.epoch,
          version: newer.version,
          record: newer,
          note: { topics: [], change: null },
        },
      },
    ])
    await expect(node.presence.claim('ada', { source: 'call', status: 'busy' })).rejects.toMatchObject({
      code: 'newer-record',
      message: expect.stringContaining('update'),
    })
    await node.connect('bob')
    expect(await node.statusOf('bob')).toBe('online')
    await node[Symbol.asyncDispose]()
  })

  it.each(['a node that holds the user', 'a node that holds nothing of the user'])(
    'is read anew by the next call, on %s',
    async (which) => {
      const { node, other, store } = await twoNodes()
      await node.connect('ada')
      const [record] = await store.load(['ada'])
      if (!record) throw new Error('ada was not stored')
      const replace = (expected: string, version: number, format: number) => {
        const next = { ...record, format, rev: `by-hand:${version}`, version }
        const standing = { status: 'online', spaces: [] } as const
        const index = { wakeAt: null, nodes: [node.presence.nodeId], shown: standing, real: standing }
        const change = { userId: 'ada', epoch: next.epoch, version, record: next, note: { topics: [], change: null } }
        const writer = node.presence.nodeId
        return store.save([{ userId: 'ada', record: next, expected, writer, index, topics: [], change }])
      }
      const asked = which === 'a node that holds the user' ? node : other
      await replace(record.rev, record.version + 1, 99)
      const claim = () => asked.presence.claim('ada', { source: 'call', status: 'busy' })
      await expect(claim()).rejects.toMatchObject({ code: 'newer-record' })
      await replace(`by-hand:${record.version + 1}`, record.version + 2, record.format)
      await claim()
      expect(await asked.presence.get('ada', { as: 'self' })).toMatchObject({ status: 'busy' })
      await other[Symbol.asyncDispose]()
      await node[Symbol.asyncDispose]()
    },
  )
})
