import { describe, expect, it } from 'vitest'
import type { PresenceStore, Write, WriteResult } from '../../src/index.ts'
import { startNode } from '../../src/testing/test-node.ts'
import { createTestCluster } from '../../src/testing.ts'
import { longestPeriods, toldOf } from './told.ts'

const NODE_LEASE_MS = 30_000
const RENEW_MS = 10_000
const RECONCILE_MS = 30_000

/** A store that notes each save it executes, and where renewals can fail alone. */
function watchedStore(store: PresenceStore, now: () => number) {
  const saves: { readonly at: number; readonly writes: readonly Write[]; readonly results: readonly WriteResult[] }[] =
    []
  const watched = {
    ...store,
    saves,
    refusesRenewals: false,
    renewedAt: 0,
    async save(writes: readonly Write[]) {
      const results = await store.save(writes)
      saves.push({ at: now(), writes, results })
      return results
    },
    async renewNode(...renewal: Parameters<PresenceStore['renewNode']>) {
      if (watched.refusesRenewals) throw new Error('renewal refused')
      const answer = await store.renewNode(...renewal)
      watched.renewedAt = now()
      return answer
    },
  }
  return watched
}

describe('guarantee 4: a node that could not renew its lease stops writing before others may sweep it', () => {
  it('though the store takes everything but renewals', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [other] = cluster.nodes
    const store = watchedStore(cluster.store, () => cluster.clock.monotonic())
    await using node = await startNode({}, cluster.clock, store)
    const tab = await node.connect('ada')
    await cluster.advance('1m')
    store.refusesRenewals = true
    const sweepableAt = store.renewedAt + NODE_LEASE_MS
    let deaths = 0
    other.presence.on('sweep', ({ deadNodes }) => {
      deaths += deadNodes
    })
    let page = 0
    for (; cluster.clock.monotonic() < sweepableAt + 60_000; await cluster.advance(100)) {
      tab.enter('default', { page: page++ }).catch(() => {})
    }
    const written = store.saves.map(({ at }) => at)
    expect(deaths).toBeGreaterThan(0)
    expect(Math.max(...written)).toBeLessThan(sweepableAt)
    // And not long before: what it may still write, it writes.
    expect(Math.max(...written)).toBeGreaterThanOrEqual(sweepableAt - RENEW_MS)
    store.refusesRenewals = false
    await cluster.advance(RECONCILE_MS)
    expect([await other.statusOf('ada'), tab.ends]).toEqual(['online', []])
  })

  it('although it stood still between its decision and its write', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [other] = cluster.nodes
    const store = watchedStore(cluster.store, () => cluster.clock.monotonic())
    await using still = await startNode({}, cluster.clock, store)
    const { nodeId } = still.presence
    await still.connect('ada')
    still.stall('2m')
    still.presence.setMessage('ada', { text: 'late' }).catch(() => {})
    const writtenBefore = store.saves.length
    await cluster.advance('2m')
    await cluster.advance(RECONCILE_MS)
    const accepted = store.saves
      .slice(writtenBefore)
      .flatMap(({ writes, results }) => writes.filter((_, i) => results[i]?.ok))
    expect(accepted.filter(({ writer }) => writer === nodeId)).toEqual([])
    expect(await other.presence.get('ada')).toMatchObject({ status: 'online', message: { text: 'late' } })
  })
})

describe('guarantee 4: tells its clients that it is cut off', () => {
  it('by the end of its lease at the latest, and that it is back within a renewal', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [cutOff] = cluster.nodes
    const watcher = await cutOff.watch('space:default')
    await cluster.advance('1m')
    expect(watcher.freshness.stale).toBe(false)
    cutOff.storeAway(true)
    await cluster.advance(NODE_LEASE_MS)
    expect(watcher.freshness.stale).toBe(true)
    await cluster.advance('1m')
    expect(watcher.freshness.stale).toBe(true)
    cutOff.storeAway(false)
    await cluster.advance(RENEW_MS)
    expect(watcher.freshness.stale).toBe(false)
  })

  it('not when it could renew in time', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [node] = cluster.nodes
    await cluster.advance('1m')
    let turnedStale = 0
    node.presence.on('freshness', ({ stale }) => {
      if (stale) turnedStale++
    })
    await cluster.advance('10m')
    expect(turnedStale).toBe(0)
  })
})

describe('guarantee 4: on return announces all its connections in batches', () => {
  it('of at most 256', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [other] = cluster.nodes
    const store = watchedStore(cluster.store, () => cluster.clock.monotonic())
    await using node = await startNode({}, cluster.clock, store)
    const users = 600
    await Promise.all(Array.from({ length: users }, (_, i) => node.connect(`user-${i}`)))
    node.storeAway(true)
    await cluster.advance('2m')
    expect(await other.presence.count()).toBe(0)
    store.saves.length = 0
    node.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect(await other.presence.count()).toBe(users)
    const announcing = store.saves.filter(({ writes }) => writes.length > 0)
    expect(Math.max(...announcing.map(({ writes }) => writes.length))).toBeLessThanOrEqual(256)
    // A batch each, and a few for whoever met a conflict.
    expect(announcing.length).toBeLessThanOrEqual(3 * Math.ceil(users / 256))
    await cluster.advance('2m')
    expect(await other.presence.count()).toBe(users)
  })

  it('without a visible change for whoever was not given up meanwhile', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    await node.connect('ada')
    const watcher = await node.watch('user:ada')
    node.storeAway(true)
    await cluster.advance('2m')
    node.storeAway(false)
    await cluster.advance('2m')
    expect([watcher.status('ada'), toldOf(watcher, 'ada').filter((status) => status !== 'online')]).toEqual([
      'online',
      [],
    ])
  })
})
