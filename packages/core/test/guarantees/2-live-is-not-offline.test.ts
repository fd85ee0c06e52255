import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/testing.ts'
import { toldOf } from './told.ts'

const RECONCILE_MS = 30_000
const ENDED_FOR_MS = 600_000

describe('guarantee 2: a user with a live connection on a live node is not shown offline for longer than one round of reconciliation after the store is reachable', () => {
  it('a node that was cut off for so long that others swept it announces its connections', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    const watcher = await other.watch('user:ada')
    cutOff.storeAway(true)
    await cluster.advance('2m')
    expect(watcher.status('ada')).toBe('offline')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect([watcher.status('ada'), tab.ends]).toEqual(['online', []])
    await cluster.advance('2m')
    expect(watcher.status('ada')).toBe('online')
    await tab.leave()
    await cluster.advance(0)
    expect(watcher.status('ada')).toBe('offline')
  })

  it('so does one that stood still', async () => {
    await using cluster = await createTestCluster()
    const [still, other] = cluster.nodes
    const tab = await still.connect('ada')
    const watcher = await other.watch('user:ada')
    still.stall('2m')
    await cluster.advance(120_000 - 1)
    expect(toldOf(watcher, 'ada')).toEqual(['offline'])
    await cluster.advance(RECONCILE_MS)
    expect([watcher.status('ada'), tab.ends]).toEqual(['online', []])
    await cluster.advance('2m')
    expect(toldOf(watcher, 'ada')).toEqual(['offline', 'online'])
  })

  it('one that was swept but came back within the grace shows nobody offline', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    await cutOff.connect('ada')
    const watcher = await other.watch('user:ada')
    let lostUsers = 0
    other.presence.on('sweep', (swept) => {
      lostUsers += swept.lostUsers
    })
    cutOff.storeAway(true)
    while (lostUsers === 0) await cluster.advance(100)
    cutOff.storeAway(false)
    // Not as long as it takes to fall idle.
    await cluster.advance('4m')
    expect(toldOf(watcher, 'ada')).toEqual([])
    expect(watcher.status('ada')).toBe('online')
  })

  it('a user with another connection on a node that was there all the time is never shown offline', async () => {
    await using cluster = await createTestCluster({ nodes: 3 })
    const [cutOff, other, third] = cluster.nodes
    await cutOff.connect('ada')
    await other.connect('ada')
    const watchers = [await other.watch('user:ada'), await third.watch('user:ada'), await cutOff.watch('user:ada')]
    cutOff.storeAway(true)
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect(watchers.flatMap((watcher) => toldOf(watcher, 'ada'))).not.toContain('offline')
    expect((await third.presence.get('ada', { as: 'admin' })).connections).toHaveLength(2)
  })

  it('announces where they stand, their last input, and the claims bound to them', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada', { spaces: ['default', 'doc'] })
    await tab.enter('doc', { page: 2 })
    await cutOff.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
    const before = await other.presence.get('ada', { as: 'admin' })
    cutOff.storeAway(true)
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    const after = await other.presence.get('ada', { as: 'admin' })
    expect(after).toMatchObject({ status: 'busy', claims: before.claims })
    expect(after.connections.map(({ connectionId, spaces, openedAt }) => ({ connectionId, spaces, openedAt }))).toEqual(
      before.connections.map(({ connectionId, spaces, openedAt }) => ({ connectionId, spaces, openedAt })),
    )
  })

  it('does not take an announce for input', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    await cutOff.connect('ada')
    const watcher = await other.watch('user:ada')
    cutOff.storeAway(true)
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(180_000 - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1)
    expect(watcher.status('ada')).toBe('away')
  })

  it.each([
    ['a sign-out of the user', (userId: string) => ({ userId, sessionId: undefined })],
    ['a sign-out of the session', (userId: string) => ({ userId, sessionId: 'login' })],
  ])('%s while the node was cut off stays', async (_what, whom) => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada', { sessionId: 'login' })
    const watcher = await other.watch('user:ada')
    cutOff.storeAway(true)
    await cluster.advance('1s')
    const { userId, sessionId } = whom('ada')
    await other.presence.signOut(userId, sessionId === undefined ? {} : { sessionId })
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(ENDED_FOR_MS)
    expect(toldOf(watcher, 'ada')).toEqual(['offline'])
    expect(tab.ends).toEqual(['sign-out'])
  })

  it('a kick while the node was swept stays', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    cutOff.storeAway(true)
    // Swept, not yet past its grace: the record still has the connection.
    await cluster.advance('35s')
    await other.presence.kick('ada')
    cutOff.storeAway(false)
    await cluster.advance('2m')
    expect([await other.statusOf('ada'), tab.ends]).toEqual(['offline', ['kicked']])
  })

  it('a leave of the client itself while the node was cut off stays', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    cutOff.storeAway(true)
    await cluster.advance('1s')
    tab.leave().catch(() => {})
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    const watcher = await other.watch('user:ada')
    await cluster.advance('2m')
    expect([watcher.status('ada'), toldOf(watcher, 'ada')]).toEqual(['offline', []])
  })

  it('a node cut off for less than a deliberate end is remembered announces', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    cutOff.storeAway(true)
    // It was not heard of for up to a renewal before, and finds out up to a renewal later.
    await cluster.advance(ENDED_FOR_MS - 20_000 - 1)
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect([await other.statusOf('ada'), tab.ends]).toEqual(['away', []])
  })

  it('a node cut off for longer closes its sockets instead', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    cutOff.storeAway(true)
    await cluster.advance(ENDED_FOR_MS + 1)
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect([await other.statusOf('ada'), tab.ends]).toEqual(['offline', ['cut-off']])
  })
})
