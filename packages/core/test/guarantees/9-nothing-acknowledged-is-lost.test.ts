import { describe, expect, it } from 'vitest'
import type { PresenceStore, Write } from '../../src/index.ts'
import { startNode } from '../../src/testing/test-node.ts'
import { createTestCluster, type TestCluster, type TestNode } from '../../src/testing.ts'

const RECONCILE_MS = 30_000
const RENEW_MS = 10_000

/** Says everything that can be acknowledged, at the holder and at another node. */
async function sayAll(cluster: TestCluster, holder: TestNode, other: TestNode) {
  const tab = await holder.connect('ada', { spaces: ['default', 'doc'] })
  await tab.enter('doc', { page: 2 })
  await holder.presence.claim('ada', { source: 'manual', status: 'busy' })
  await other.presence.claim('ada', { source: 'admin', status: 'dnd' })
  await other.presence.clear('ada', 'admin')
  await other.presence.claim('ada', { source: 'calendar', status: 'away', for: '1h' })
  await holder.presence.setMessage('ada', { text: 'first' })
  await other.presence.setMessage('ada', { text: 'second' })
  await other.presence.setLastSeenTo('ada', 'admins')
  await cluster.advance(20)
  return tab
}

const said = {
  message: { text: 'second' },
  lastSeenTo: 'admins',
  claims: [{ source: 'manual', status: 'busy' }, { source: 'calendar' }],
}

/** Claims in one order. */
async function stateOf(node: TestNode) {
  const { status, message, lastSeenTo, claims, connections } = await node.presence.get('ada', { as: 'admin' })
  return { status, message, lastSeenTo, claims: [...claims].sort((a, b) => b.priority - a.priority), connections }
}

describe('guarantee 9: nothing acknowledged is lost while one of store or holding node lives', () => {
  it('the store lives: the holder dies', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await sayAll(cluster, holder, other)
    holder.crash()
    await cluster.advance('2m')
    expect(await stateOf(other)).toMatchObject({ ...said, status: 'offline' })
    const again = await other.connect('ada', { resume: tab.resumeToken })
    expect(again.resumed).toBe(false)
    expect(await stateOf(other)).toMatchObject({ ...said, status: 'busy' })
  })

  it('the store lives: the holder dies at the instant of the acknowledgement', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    await holder.connect('ada')
    await holder.presence.claim('ada', { source: 'manual', status: 'busy' })
    holder.crash()
    await cluster.advance(0)
    expect(await stateOf(other)).toMatchObject({ status: 'busy', claims: [{ source: 'manual' }] })
  })

  it('the store lives: the holder stops, and the page resumes elsewhere', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await holder.connect('ada', { instance: 'page', spaces: ['doc'] })
    await tab.enter('doc', { page: 2 })
    await holder.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
    await holder.stop()
    const again = await other.connect('ada', { instance: 'page', resume: tab.resumeToken })
    expect(again.resumed).toBe(true)
    expect(await stateOf(other)).toMatchObject({
      status: 'busy',
      claims: [{ source: 'call', connectionId: again.connectionId }],
      connections: [{ connectionId: again.connectionId, spaces: [{ space: 'doc', state: { page: 2 } }] }],
    })
  })

  it('the holder lives: the store loses everything', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await sayAll(cluster, holder, other)
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    const state = await stateOf(other)
    expect(state).toMatchObject({ ...said, status: 'busy' })
    expect(state.claims).toHaveLength(2)
    expect(state.connections).toMatchObject([
      { connectionId: tab.connectionId, spaces: [{ space: 'default' }, { space: 'doc', state: { page: 2 } }] },
    ])
  })

  it('the holder lives: the store loses everything, and the user comes in elsewhere before it is told again', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    await holder.connect('ada')
    await holder.presence.claim('ada', { source: 'manual', status: 'dnd' })
    await holder.presence.setMessage('ada', { text: 'lunch' })
    holder.storeAway(true)
    await cluster.store.wipe()
    await other.connect('ada')
    await cluster.advance('1s')
    holder.storeAway(false)
    await cluster.advance('1m')
    expect(await other.presence.get('ada')).toMatchObject({ status: 'dnd', message: { text: 'lunch' } })
    expect((await other.presence.get('ada', { as: 'self' })).connections).toHaveLength(2)
  })

  it('the holder lives: a leave that was acknowledged stays, though the store forgets it', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const stays = await holder.connect('ada')
    const leaves = await holder.connect('ada')
    await leaves.leave()
    await cluster.store.wipe()
    await cluster.advance(RECONCILE_MS)
    expect((await stateOf(other)).connections).toMatchObject([{ connectionId: stays.connectionId }])
  })

  it('the holder lives: the store loses the last writes it acknowledged', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [other] = cluster.nodes
    let loses = false
    const forgetful: PresenceStore = {
      ...cluster.store,
      // As after a failover to a replica that had not got them.
      save: async (writes: readonly Write[]) => (loses ? writes.map(() => ({ ok: true })) : cluster.store.save(writes)),
    }
    await using holder = await startNode({}, cluster.clock, forgetful)
    loses = true
    const tab = await holder.connect('ada')
    loses = false
    expect(await other.statusOf('ada')).toBe('offline')
    // One renewal brings the digest, and the next reconciliation is not later than that of a watcher.
    await cluster.advance(RENEW_MS + RECONCILE_MS)
    expect(await stateOf(other)).toMatchObject({ status: 'online', connections: [{ connectionId: tab.connectionId }] })
  })

  it('what was said last counts, although something older waited for the store', async () => {
    await using cluster = await createTestCluster()
    const [cut, other] = cluster.nodes
    await other.connect('ada')
    cut.storeAway(true)
    const older = [
      cut.presence.setLastSeenTo('ada', 'everyone'),
      cut.presence.setMessage('ada', { text: 'older' }),
      cut.presence.claim('ada', { source: 'manual', status: 'dnd' }),
    ]
    await Promise.allSettled(older)
    await cluster.advance('5s')
    await other.presence.setLastSeenTo('ada', 'admins')
    await other.presence.setMessage('ada', { text: 'newer' })
    await other.presence.claim('ada', { source: 'manual', status: 'busy' })
    await cluster.advance('1s')
    cut.storeAway(false)
    await cluster.advance('30s')
    expect(await other.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'busy',
      message: { text: 'newer' },
      lastSeenTo: 'admins',
    })
  })

  it('what was refused only because the store was away is stored all the same when it is back', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const tab = await holder.connect('ada')
    await cluster.advance('1m')
    cluster.store.away(true)
    tab.enter('default', { page: 3 }).catch(() => {})
    holder.presence.claim('ada', { source: 'manual', status: 'busy' }).catch(() => {})
    await cluster.advance('1s')
    other.presence.setMessage('ada', { text: 'meanwhile' }).catch(() => {})
    await cluster.advance('1m')
    cluster.store.away(false)
    await cluster.advance(RECONCILE_MS)
    expect(await stateOf(other)).toMatchObject({
      status: 'busy',
      message: { text: 'meanwhile' },
      connections: [{ spaces: [{ space: 'default', state: { page: 3 } }] }],
    })
  })
})
