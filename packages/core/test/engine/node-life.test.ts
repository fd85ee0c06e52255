import { describe, expect, it } from 'vitest'
import { createPresence, type FeedListener, memoryStore, type PresenceStore } from '../../src/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { setRecord } from './set-record.ts'
import { createTestNode } from './test-node.ts'

describe('sweeping', () => {
  it('ends what outlived its node, once, at the time of its deadline', async () => {
    const node = await createTestNode()
    const tab = await node.connect('ada')
    tab.lost()
    await node.clock.settle()
    // The node dies without a word: nothing of it runs any more.
    const orphaned = node.store
    const other = await createTestNode({ store: orphaned, clock: node.clock })
    const seen: number[] = []
    other.presence.on('change', ({ to }) => seen.push(to.statusSince - node.startedAt))
    await node.clock.advance(30_000)
    expect(await other.presence.get('ada')).toMatchObject({ status: 'offline', statusSince: node.startedAt + 15_000 })
    await other[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  })

  it('finds a node that stopped renewing, and turns its connections lost, then offline', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    const dying = faultyStore(store)
    const node = await createTestNode({ clock, store: dying })
    const other = await createTestNode({ clock, store })
    await node.connect('ada')
    await other.connect('bob')
    dying.down = true
    const sweeps: number[] = []
    other.presence.on('sweep', ({ lostUsers }) => lostUsers > 0 && sweeps.push(lostUsers))
    await clock.advance(30_000)
    expect(await other.statusOf('ada')).toBe('online')
    await clock.advance(30_000)
    expect(sweeps).toEqual([1])
    expect(await other.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'offline',
      cause: { cause: 'node-lost' },
    })
    expect(await other.statusOf('bob')).toBe('online')
    await other[Symbol.asyncDispose]()
    void node[Symbol.asyncDispose]()
    dying.down = false
    await clock.advance(60_000)
  })

  it('joins a pass that runs already, and says what it did', async () => {
    await using node = await createTestNode()
    const [one, two] = await Promise.all([node.presence.sweep(), node.presence.sweep()])
    expect(one).toBe(two)
    expect(one).toMatchObject({ due: 0, deadNodes: 0, lostUsers: 0 })
  })

  it('that fails is an error event, and the next one goes on', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const node = await createTestNode({ clock, store })
    store.down = true
    await expect(node.presence.sweep()).rejects.toMatchObject({ code: 'store-error' })
    await clock.advance(10_000)
    expect(node.errors).toContain('store-error')
    store.down = false
    await expect(node.presence.sweep()).resolves.toMatchObject({ due: 0 })
    await node[Symbol.asyncDispose]()
  })
})

describe('starting', () => {
  const startOn = async (store: PresenceStore, clock = createVirtualClock()) => {
    const presence = createPresence({ store, clock })
    const outcome = await presence.start().then(
      () => 'started',
      (error) => error.code,
    )
    return { presence, outcome, clock }
  }

  it('fails with `unavailable` while the store does not answer, and may be tried again', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    store.down = true
    const { presence, outcome } = await startOn(store, clock)
    expect(outcome).toBe('unavailable')
    store.down = false
    await presence.start()
    await presence.stop()
  })

  it('happens once', async () => {
    const { presence } = await startOn(memoryStore())
    await expect(presence.start()).rejects.toMatchObject({ code: 'not-running' })
    await presence.stop()
    await presence.stop()
  })

  it('on an empty volatile store says for the drain grace that absent users may only be missing', async () => {
    await using node = await createTestNode()
    expect(node.presence.freshness).toEqual({ stale: false, warming: true })
    const watcher = node.presence.watchers({ broadcast: (room, message) => room === '*' && heard.push(message) })
    const heard: unknown[] = []
    await node.clock.advance(60_000)
    expect(node.presence.freshness.warming).toBe(false)
    expect(heard).toEqual([{ type: 'freshness', stale: false, warming: false }])
    watcher.close()
  })

  it('reads without being started', async () => {
    await using node = await createTestNode()
    await node.connect('ada')
    const script = createPresence({ store: node.store, clock: node.clock })
    expect((await script.get('ada')).status).toBe('online')
    await script.touch({ userId: 'bob' })
    expect((await script.get('bob')).status).toBe('online')
    await script.stop()
  })

  it('does not refuse what a listener of the application breaks', async () => {
    await using node = await createTestNode()
    node.presence.on('change', () => {
      throw new Error('bug')
    })
    await node.connect('ada')
    expect(await node.statusOf('ada')).toBe('online')
    expect(node.errors).toEqual(['listener-error'])
  })
})

describe('a lease that was killed', () => {
  it('makes the node go on under another name, and announce what it holds', async () => {
    const clock = createVirtualClock()
    const node = await createTestNode({ clock })
    const { nodeId } = node.presence
    const tab = await node.connect('ada')
    await node.store.removeNode(nodeId)
    await clock.advance(10_000)
    expect(node.presence.nodeId).not.toBe(nodeId)
    expect(node.presence.freshness.stale).toBe(false)
    expect((await node.store.usersOf(node.presence.nodeId, null, 10)).items).toEqual(['ada'])
    expect((await node.store.usersOf(nodeId, null, 10)).items).toEqual([])
    expect(tab.ends).toEqual([])
    expect(node.errors).toEqual([])
    void node[Symbol.asyncDispose]()
    await clock.advance(1000)
  })
})

describe('stopping', () => {
  it('ends although the store stays away, and says what it left', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const node = await createTestNode({ clock, store })
    const tab = await node.connect('ada')
    store.down = true
    let stopped = false
    void node.presence.stop().then(() => {
      stopped = true
    })
    await clock.advance(7000)
    expect(stopped).toBe(false)
    await clock.advance(2000)
    expect(stopped).toBe(true)
    expect(node.errors).toContain('store-error')
    expect(clock.pending).toBe(0)
    expect(tab.ends).toEqual(['draining'])
  })
})

it('a node that stops while it may not write marks what it held, once the store answers', async () => {
  await using cluster = await createTestCluster()
  const [one] = cluster.nodes
  const tab = await one.connect('ada')
  await cluster.advance('11s')
  // Somebody sets the clock: by it the lease is over.
  cluster.clock.jump(30_000)
  await cluster.advance(10)
  void one.stop()
  await cluster.advance('2s')
  const [record] = await cluster.store.load(['ada'])
  expect(record?.connections.map(({ id, lost }) => [id, lost?.cause])).toEqual([[tab.connectionId, 'drain']])
})

describe('a feed that is behind', () => {
  /** A node whose renewals are answered after 5 ms, and are heard of later still. */
  async function setUp(lagMs: number) {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const calls = { renewNode: 0, list: 0, subscribe: 0 }
    const listeners: FeedListener[] = []
    const store: PresenceStore = {
      ...shelf,
      async renewNode(...args) {
        calls.renewNode++
        if (calls.renewNode > 1) await new Promise<void>((resolve) => clock.setTimer(resolve, 5))
        return shelf.renewNode(...args)
      },
      async list(...args) {
        calls.list++
        return shelf.list(...args)
      },
      subscribe(listener) {
        calls.subscribe++
        listeners.push(listener)
        const onSignal: FeedListener['onSignal'] = (signal) => clock.setTimer(() => listener.onSignal(signal), lagMs)
        return shelf.subscribe({ ...listener, onSignal })
      },
    }
    const node = await createTestNode({ clock, store, policy: { idleAfter: false, dormantAfter: false } })
    await node.connect('ada')
    await node.watch('space:default')
    await clock.advance(25_000)
    return { clock, shelf, node, calls, gap: () => listeners.at(-1)?.onGap(null) }
  }

  it.each([
    [20, 'nothing'],
    [2000, 'nothing'],
    [20, 'a gap'],
    [1000, 'a gap'],
    [20, 'many gaps'],
    [1000, 'many gaps'],
    [20, 'a kill'],
    [1000, 'a kill'],
    [20, 'a stall'],
  ] as const)('by %i ms: %s makes no storm', async (lagMs, trigger) => {
    const { clock, shelf, node, calls, gap } = await setUp(lagMs)
    const before = { ...calls }
    if (trigger === 'a gap') gap()
    for (let i = 0; trigger === 'many gaps' && i < 100; i++) {
      gap()
      await clock.advance(10)
    }
    if (trigger === 'a kill') await shelf.removeNode(node.presence.nodeId)
    if (trigger === 'a stall') {
      node.stall()
      await clock.advance(45_000)
      node.resume()
    }
    await clock.advance(60_000)
    expect(calls.renewNode - before.renewNode).toBeLessThan(20)
    expect(calls.list - before.list).toBeLessThan(10)
    expect(calls.subscribe - before.subscribe).toBeLessThanOrEqual(1)
    expect(await node.statusOf('ada')).toBe('online')
    const stopping = node.presence.stop()
    await clock.advance(10_000)
    await stopping
  })
})

describe('a node that was killed and holds users whom it cannot handle', () => {
  const POLICY = { idleAfter: false, dormantAfter: false, grace: '10m', drainGrace: '10m' } as const
  const USERS = ['ada', 'ada', 'bob', 'eve']

  /** Another node gave its connections up; its own calls take some ms each, as drawn from `seed`. */
  async function setUp(seed: number) {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const calls = { renewNode: 0, load: 0 }
    let drawn = seed
    let isBad = false
    const takes = () => {
      drawn = (drawn * 16807) % 2147483647
      return new Promise<void>((resolve) => clock.setTimer(resolve, 2 + (drawn % 9)))
    }
    const store: PresenceStore = {
      ...shelf,
      async renewNode(...args) {
        if (calls.renewNode++ > 0) await takes()
        return shelf.renewNode(...args)
      },
      async load(userIds) {
        calls.load++
        await takes()
        const records = await shelf.load(userIds)
        await takes()
        return records.map((record) => (isBad && record !== null ? { ...record, claims: null as never } : record))
      },
    }
    const killed = await createTestNode({ clock, store, policy: POLICY })
    const other = await createTestNode({ clock, store: shelf, policy: POLICY })
    const connecting = Promise.all(USERS.map((userId) => killed.connect(userId)))
    await clock.advance(100)
    const tabs = await connecting
    killed.stall()
    await clock.advance(60_000)
    await other.presence.sweep()
    return {
      clock,
      shelf,
      killed,
      other,
      calls,
      ends: () => tabs.flatMap(({ ends }) => ends),
      setBad(are: boolean) {
        isBad = are
      },
      async [Symbol.asyncDispose]() {
        const stopping = killed.presence.stop()
        await clock.advance(10_000)
        await stopping
        await other[Symbol.asyncDispose]()
      },
    }
  }

  it.each([8, 10, 11, 12, 13])('makes no storm, and announces them once it can (%i)', async (seed) => {
    await using rig = await setUp(seed)
    const { clock, killed, other, calls } = rig
    rig.setBad(true)
    killed.resume()
    await clock.advance(10_000)
    const before = { ...calls }
    await clock.advance(60_000)
    expect(calls.renewNode - before.renewNode).toBeLessThan(40)
    expect(calls.load - before.load).toBeLessThan(100)
    rig.setBad(false)
    await clock.advance(10_000)
    for (const userId of USERS) expect(await other.statusOf(userId)).toBe('online')
    expect(rig.ends()).toEqual([])
    expect(new Set(killed.errors)).toEqual(new Set(['store-error']))
  })

  it('ends those whose records are of a later version, so that their pages come back where that runs', async () => {
    await using rig = await setUp(8)
    const { clock, shelf, killed } = rig
    for (const record of await shelf.load([...new Set(USERS)])) {
      if (record === null) throw new Error('swept away')
      const later = { ...record, format: record.format + 1, rev: `${record.rev}0` }
      await setRecord(shelf, record.userId, later, killed.presence.policy)
    }
    killed.resume()
    await clock.advance(15_000)
    expect(rig.ends()).toEqual(['cut-off', 'cut-off', 'cut-off', 'cut-off'])
    expect([killed.presence.held, new Set(killed.errors)]).toEqual([0, new Set(['newer-record'])])
  })
})
