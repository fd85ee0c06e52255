import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/testing.ts'

const RENEW_MS = 10_000
const DRAIN_GRACE_MS = 60_000

describe('a volatile store that lost its data', () => {
  it('makes its nodes warm, and who is missing stays in rosters until the drain grace is over', async () => {
    await using cluster = await createTestCluster()
    const [dying, other] = cluster.nodes
    await dying.connect('ada')
    await other.connect('bob')
    const watchers = [await other.watch('space:default'), await other.watch('user:ada')] as const
    await cluster.advance('2m')
    expect(other.presence.freshness.warming).toBe(false)
    dying.crash()
    await cluster.store.wipe()
    await cluster.advance(RENEW_MS)
    expect(other.presence.freshness.warming).toBe(true)
    await cluster.advance(DRAIN_GRACE_MS - RENEW_MS - 1)
    expect(watchers.map((watcher) => watcher.status('ada'))).toEqual(['online', 'online'])
    expect(other.presence.freshness.warming).toBe(true)
    await cluster.advance(RENEW_MS + 1)
    expect(watchers[0].status('ada')).toBeUndefined()
    expect(watchers[0].status('bob')).toBe('online')
    expect(watchers[1].status('ada')).toBe('offline')
    expect(other.presence.freshness.warming).toBe(false)
  })

  it('again while it fills waits for the whole drain grace anew', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    await node.connect('ada')
    await cluster.advance('2m')
    await cluster.store.wipe()
    await cluster.advance(DRAIN_GRACE_MS / 2)
    await cluster.store.wipe()
    await cluster.advance(DRAIN_GRACE_MS - 1)
    expect(node.presence.freshness.warming).toBe(true)
    await cluster.advance(RENEW_MS)
    expect(node.presence.freshness.warming).toBe(false)
  })

  it('is told from a lease that was killed: that alone makes nobody warm', async () => {
    await using cluster = await createTestCluster()
    const [killed, other] = cluster.nodes
    await other.connect('bob')
    await cluster.advance('2m')
    await cluster.store.removeNode(killed.presence.nodeId)
    await cluster.advance(2 * RENEW_MS)
    expect(killed.presence.freshness.warming).toBe(false)
  })
})
