import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { startNode } from '../../src/testing/test-node.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from '../engine/faulty-store.ts'
import { longestPeriods, toldOf } from './told.ts'

const RENEW_MS = 10_000
const NODE_LEASE_MS = 30_000
const SWEEP_MS = 10_000
const GRACE_MS = 15_000
const NEVER_IDLE = { idleAfter: false, dormantAfter: false } as const
/** Nobody renewed for two periods: shorter outages leave every lease standing. */
const OUTAGES = [1000, 19_000, 25_000, 35_000, 60_000, 300_000, 500_000]

describe('guarantee 7: an outage of the store by itself shows nobody offline', () => {
  it.each(OUTAGES)('held connections, %s ms', async (outageMs) => {
    await using cluster = await createTestCluster({ nodes: 3, policy: NEVER_IDLE })
    const [one, two, three] = cluster.nodes
    await one.connect('ada')
    await two.connect('bob')
    const watchers = [await three.watch('user:ada'), await one.watch('user:bob'), await two.watch('user:ada')]
    await cluster.advance('1m')
    cluster.store.away(true)
    await cluster.advance(outageMs)
    cluster.store.away(false)
    for (const node of cluster.nodes) node.presence.sweep().catch(() => {})
    await cluster.advance('3m')
    expect(watchers.flatMap((watcher) => [...toldOf(watcher, 'ada'), ...toldOf(watcher, 'bob')])).not.toContain(
      'offline',
    )
    expect([await three.statusOf('ada'), await three.statusOf('bob')]).toEqual(['online', 'online'])
  })

  it.each(OUTAGES.filter((ms) => ms > 2 * RENEW_MS + RENEW_MS))(
    'leased connections that beat again when the store is back, %s ms',
    async (outageMs) => {
      await using cluster = await createTestCluster()
      const [one, two] = cluster.nodes
      const watcher = await two.watch('user:ada')
      const identity = { userId: 'ada', sessionId: 'login' }
      await one.presence.touch(identity)
      await cluster.advance('75s')
      cluster.store.away(true)
      await cluster.advance(outageMs)
      cluster.store.away(false)
      for (const node of cluster.nodes) node.presence.sweep().catch(() => {})
      await cluster.advance(RENEW_MS + SWEEP_MS)
      one.presence.touch(identity).catch(() => {})
      await cluster.advance('1m')
      expect(toldOf(watcher, 'ada')).not.toContain('offline')
      expect(watcher.status('ada')).not.toBe('offline')
    },
  )

  it('with all nodes and clients as quiet as they can be', async () => {
    await using cluster = await createTestCluster({ policy: NEVER_IDLE })
    const [one, two] = cluster.nodes
    await one.connect('ada')
    await cluster.advance('1h')
    const watcher = await two.watch('user:ada')
    cluster.store.away(true)
    await cluster.advance('5m')
    cluster.store.away(false)
    await cluster.advance('1h')
    expect([toldOf(watcher, 'ada').filter((status) => status === 'offline'), watcher.status('ada')]).toEqual([
      [],
      'online',
    ])
  })
})

describe('guarantee 7: sweeping holds off until the nodes had time to renew and announce', () => {
  it('a node that died in the outage is given up no sooner than one node lease after the store is back', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [dying, other] = cluster.nodes
    await dying.connect('ada')
    const watcher = await other.watch('user:ada')
    cluster.store.away(true)
    await cluster.advance('1m')
    dying.crash()
    await cluster.advance('1m')
    cluster.store.away(false)
    other.presence.sweep().catch(() => {})
    await cluster.advance(NODE_LEASE_MS + GRACE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1 + RENEW_MS + SWEEP_MS)
    expect(watcher.status('ada')).toBe('offline')
  })

  it('so is a lease that nobody renews', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [one, two] = cluster.nodes
    const watcher = await two.watch('user:ada')
    await one.presence.touch({ userId: 'ada' })
    await cluster.advance('1m')
    cluster.store.away(true)
    await cluster.advance('2m')
    cluster.store.away(false)
    for (const node of cluster.nodes) node.presence.sweep().catch(() => {})
    await cluster.advance(NODE_LEASE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1 + RENEW_MS + SWEEP_MS)
    expect(watcher.status('ada')).toBe('offline')
  })

  it('so is a connection that was lost before, which nobody could resume meanwhile', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [one, two] = cluster.nodes
    const tab = await one.connect('ada')
    const watcher = await two.watch('user:ada')
    await cluster.advance('1m')
    tab.lost()
    await cluster.advance('1s')
    cluster.store.away(true)
    await cluster.advance('1m')
    cluster.store.away(false)
    for (const node of cluster.nodes) node.presence.sweep().catch(() => {})
    await cluster.advance(NODE_LEASE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    const again = await two.connect('ada', { resume: tab.resumeToken })
    expect(again.resumed).toBe(true)
    await cluster.advance('1m')
    expect(toldOf(watcher, 'ada')).not.toContain('offline')
  })

  it('a sweep asked for by the application, or by a process that is no node, holds off too', async () => {
    await using cluster = await createTestCluster({ nodes: 3, policy: NEVER_IDLE })
    const [one, two, late] = cluster.nodes
    await one.connect('ada')
    await two.presence.touch({ userId: 'bob' })
    await cluster.advance('1m')
    cluster.store.away(true)
    await cluster.advance('5m')
    // It hears of the store's return last.
    late.storeAway(true)
    cluster.store.away(false)
    two.presence.sweep().catch(() => {})
    await cluster.advance('1s')
    one.presence.sweep().catch(() => {})
    late.storeAway(false)
    late.presence.sweep().catch(() => {})
    await cluster.advance('1s')
    expect([await one.statusOf('ada'), await one.statusOf('bob')]).toEqual(['online', 'online'])
  })

  it('a deliberate end does not wait', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const tab = await one.connect('ada')
    const watcher = await two.watch('user:ada')
    await cluster.advance('1m')
    cluster.store.away(true)
    await cluster.advance('1m')
    cluster.store.away(false)
    // Once the nodes have renewed they write again.
    await cluster.advance(RENEW_MS)
    tab.leave().catch(() => {})
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('offline')
  })
})

describe('guarantee 7: after an outage everything goes on', () => {
  it('at a node that dropped what waited for the store, and holds nobody', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const node = await startNode({ policy: NEVER_IDLE, outageQueue: 1 }, clock, store)
    store.down = true
    void node.presence.claim('bob', { source: 'call', status: 'busy' }).catch(() => {})
    void node.presence.claim('cid', { source: 'call', status: 'busy' }).catch(() => {})
    await clock.advance(5000)
    store.down = false
    await clock.advance(300_000)
    await expect(node.connect('ada')).resolves.toBeDefined()
    expect(node.presence.freshness.stale).toBe(false)
    await node[Symbol.asyncDispose]()
  })
})
