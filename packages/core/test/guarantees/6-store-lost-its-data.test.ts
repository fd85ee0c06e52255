import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import { startNode } from '../../src/testing/test-node.ts'
import { wipeableStore } from '../../src/testing/wipeable-store.ts'
import { createTestCluster, createVirtualClock, type TestWatcher } from '../../src/testing.ts'

const RECONCILE_MS = 30_000
const DRAIN_GRACE_MS = 60_000
const NEVER_IDLE = { idleAfter: false, dormantAfter: false } as const

/** Whether a viewer would take somebody for offline: what is marked as stale or warming does not say so. */
const seemsOffline = (watcher: TestWatcher, userId: string) =>
  watcher.status(userId) !== 'online' && !watcher.freshness.warming && !watcher.freshness.stale

describe('guarantee 6: the store lost all its data: within one reconciliation all live connections are back', () => {
  it('with their spaces and the state there', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const watchers = [await one.watch('space:doc'), await two.watch('space:doc')]
    const ada = await one.connect('ada', { spaces: ['default', 'doc'] })
    await ada.enter('doc', { page: 2 })
    await two.connect('bob', { spaces: ['doc'] })
    await cluster.advance('2m')
    const before = watchers.map(({ users }) => new Map(users))
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    expect(watchers.map(({ users }) => new Map(users))).toEqual(before)
    expect(await two.presence.count()).toBe(2)
    await cluster.advance('2m')
    expect(ada.ends).toEqual([])
    expect(await two.presence.count()).toBe(2)
  })

  it('with the claims, message and stamps that their nodes remember', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await holder.connect('ada')
    await cluster.advance('1m')
    // Two at the holder, two at another node.
    await holder.presence.claim('ada', { source: 'manual', status: 'dnd' })
    await holder.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
    await other.presence.claim('ada', { source: 'calendar', status: 'away', for: '1h' })
    await other.presence.setMessage('ada', { text: 'In a meeting', emoji: '📅' })
    await other.presence.setLastSeenTo('ada', 'admins')
    await cluster.advance('1m')
    const before = await other.presence.get('ada', { as: 'admin' })
    const [recordBefore] = await cluster.store.load(['ada'])
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    const after = await other.presence.get('ada', { as: 'admin' })
    const [recordAfter] = await cluster.store.load(['ada'])
    const { cause: _before, ...rest } = before
    expect(after).toMatchObject(rest)
    expect([recordAfter?.lastSeenAt, recordAfter?.lastActiveAt]).toEqual([
      recordBefore?.lastSeenAt,
      recordBefore?.lastActiveAt,
    ])
    expect(recordAfter?.epoch).toBeGreaterThan(recordBefore?.epoch ?? 0)
  })

  it('whoever had input that waits to be stored too', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const watcher = await other.watch('space:default')
    const tab = await holder.connect('ada')
    await cluster.advance('5s')
    tab.activity()
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    expect(await other.presence.count()).toBe(1)
    expect(watcher.status('ada')).toBe('online')
  })

  it('an invisible user stays hidden, at every moment', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    await holder.connect('ada')
    const watcher = await other.watch('space:default')
    await holder.presence.claim('ada', { source: 'manual', status: 'invisible' })
    await cluster.advance('1m')
    const shown = await other.presence.get('ada')
    await cluster.store.wipe()
    const heardBefore = watcher.messages.length
    await cluster.advance(RECONCILE_MS)
    expect(watcher.messages.slice(heardBefore)).toEqual([])
    expect(await other.presence.get('ada')).toEqual(shown)
    expect(await other.presence.get('ada', { as: 'self' })).toMatchObject({ hidden: true, status: 'online' })
  })

  it('watchers go on following them', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await holder.connect('ada')
    const watcher = await other.watch('user:ada')
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    await holder.presence.claim('ada', { source: 'manual', status: 'busy' })
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('busy')
    await tab.leave()
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('offline')
  })

  it('also of a node that stood still when it happened', async () => {
    await using cluster = await createTestCluster()
    const [still, other] = cluster.nodes
    await still.connect('ada')
    await other.connect('bob')
    await cluster.advance('1m')
    still.stall()
    await cluster.store.wipe()
    await cluster.advance('15s')
    still.resume()
    await cluster.advance(RECONCILE_MS)
    expect(await other.presence.getMany(['ada', 'bob'])).toMatchObject([{ status: 'online' }, { status: 'online' }])
  })

  it('as often as it happens', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const tabs = [await one.connect('ada'), await two.connect('bob')]
    for (const afterMs of [1000, 10, 9000, 40_000]) {
      await cluster.advance(afterMs)
      await cluster.store.wipe()
    }
    await cluster.advance(RECONCILE_MS)
    expect(await one.presence.getMany(['ada', 'bob'])).toMatchObject([{ status: 'online' }, { status: 'online' }])
    await cluster.advance('5m')
    expect(tabs.map(({ ends }) => ends)).toEqual([[], []])
    expect(await one.presence.count()).toBe(2)
  })

  it('a connection that was lost or left meanwhile does not come back', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const lost = await holder.connect('ada')
    const left = await holder.connect('bob')
    await cluster.advance('1m')
    lost.lost()
    await left.leave()
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    expect([await other.statusOf('ada'), await other.statusOf('bob')]).toEqual(['offline', 'offline'])
  })
})

describe('guarantee 6: meanwhile snapshots are marked warming', () => {
  it('so that at no instant a live user seems offline to any watcher', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    await one.connect('ada')
    await two.connect('bob')
    const watchers = [
      await one.watch('space:default'),
      await two.watch('space:default'),
      await one.watch('user:bob'),
      await two.watch('user:ada'),
    ]
    await cluster.advance('2m')
    await cluster.store.wipe()
    for (let passed = 0; passed < 120_000; passed += 50) {
      await cluster.advance(50)
      const wrong = watchers.flatMap((watcher, i) =>
        (i < 2 ? ['ada', 'bob'] : i === 2 ? ['bob'] : ['ada']).filter((userId) => seemsOffline(watcher, userId)),
      )
      expect(wrong).toEqual([])
    }
  })

  it('for `drainGrace` after a start on an empty volatile store', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const watcher = await node.watch('space:default')
    await cluster.advance(DRAIN_GRACE_MS - 1)
    expect(watcher.freshness.warming).toBe(true)
    await cluster.advance(1)
    expect(watcher.freshness.warming).toBe(false)
  })

  it('not after a start on a store that holds somebody', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    await cluster.nodes[0].connect('ada')
    const later = await cluster.start()
    expect(later.presence.freshness.warming).toBe(false)
  })

  it('and are not marked any more once all had time to come back', async () => {
    await using cluster = await createTestCluster()
    const [one] = cluster.nodes
    await one.connect('ada')
    await cluster.advance('2m')
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS + DRAIN_GRACE_MS)
    expect(cluster.nodes.map(({ presence }) => presence.freshness.warming)).toEqual([false, false])
  })
})

describe('guarantee 6: what nodes tell the store again arrives', () => {
  it('in batches, as who connects at once', async () => {
    const clock = createVirtualClock()
    const shelf = wipeableStore(clock)
    const sizes: number[] = []
    const store: PresenceStore = {
      ...shelf,
      async save(writes) {
        sizes.push(writes.length)
        await new Promise<void>((resolve) => clock.setTimer(resolve, 2))
        return shelf.save(writes)
      },
    }
    const node = await startNode({ policy: NEVER_IDLE }, clock, store)
    const users = 600
    const connecting = Promise.all(Array.from({ length: users }, (_, i) => node.connect(`user-${i}`)))
    await clock.advance(5000)
    await connecting
    for (let i = 0; i < 10; i++) void node.presence.claim(`user-${i}`, { source: 'manual', status: 'dnd' })
    await clock.advance(20_000)
    sizes.length = 0
    await shelf.wipe()
    await clock.advance(30_000)
    expect(await node.presence.count()).toBe(users)
    expect(sizes.length).toBeLessThan(20)
    await node[Symbol.asyncDispose]()
  }, 60_000)

  it.each([1, 2])('and whoever went meanwhile is gone for those who watch their space at node %i', async (which) => {
    await using cluster = await createTestCluster({ policy: NEVER_IDLE })
    const [one, two] = cluster.nodes
    const watcher = await (which === 1 ? one : two).watch('space:doc')
    const tab = await one.connect('ada', { spaces: ['doc'] })
    await one.connect('bob')
    await cluster.advance('70s')
    expect(watcher.status('ada')).toBe('online')
    cluster.store.away(true)
    tab.hint()
    await cluster.advance('1s')
    await cluster.store.wipe()
    await cluster.advance('15s')
    cluster.store.away(false)
    await cluster.advance('10s')
    const [record] = await cluster.store.load(['ada'])
    expect(record).toMatchObject({ status: 'offline', connections: [] })
    expect(watcher.status('ada')).not.toBe('online')
  })
})
