import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/testing.ts'
import { longestPeriods } from './told.ts'

const NODE_LEASE_MS = 30_000

// What a client makes of it is tested where the client is; here is what its node tells it.
describe('guarantee 8: a viewer whose node is cut off keeps each last known status, never stale as fresh', () => {
  it('is told so before anybody could be shown who has changed for longer than a node lease', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [cutOff, other] = cluster.nodes
    const watcher = await cutOff.watch('space:default')
    const tab = await other.connect('ada')
    await cluster.advance('2m')
    expect([watcher.status('ada'), watcher.freshness]).toEqual(['online', { stale: false, warming: false }])
    cutOff.storeAway(true)
    await tab.leave()
    await cluster.advance(NODE_LEASE_MS)
    expect([watcher.status('ada'), watcher.freshness.stale]).toEqual(['online', true])
  })

  it('and is told that all is fresh only when it is', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const watcher = await cutOff.watch('space:default')
    const tab = await other.connect('ada')
    await cluster.advance('2m')
    cutOff.storeAway(true)
    await tab.leave()
    await other.connect('bob')
    await cluster.advance('2m')
    cutOff.storeAway(false)
    for (let passed = 0; passed < 60_000; passed += 50) {
      const { freshness } = watcher
      const isRight = watcher.status('ada') === undefined && watcher.status('bob') === 'online'
      expect(isRight || freshness.stale).toBe(true)
      await cluster.advance(50)
    }
    expect([...watcher.users.keys()]).toEqual(['bob'])
    expect(watcher.freshness.stale).toBe(false)
  })

  it('a snapshot cut by a node that is cut off is marked, too', async () => {
    await using cluster = await createTestCluster(longestPeriods)
    const [cutOff, other] = cluster.nodes
    await cutOff.watch('space:default')
    await other.connect('ada')
    await cluster.advance('2m')
    cutOff.storeAway(true)
    await cluster.advance(NODE_LEASE_MS)
    const late = await cutOff.watch('space:default')
    expect([late.status('ada'), late.freshness.stale]).toEqual(['online', true])
  })
})
