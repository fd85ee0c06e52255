import { describe, expect, it } from 'vitest'
import { createClientCluster } from './client-cluster.ts'

describe('guarantee 8: a viewer that is cut off keeps each last known status with `stale: true` and its age, never stale as fresh', () => {
  it('by a server that went', async () => {
    await using rig = await createClientCluster({ nodes: 1 })
    const { cluster, servers } = rig
    const viewer = rig.client('eve')
    const ada = viewer.user('ada')
    ada.subscribe(() => {})
    void viewer.connect()
    void rig.client('ada').connect()
    await cluster.advance('1m')
    const known = ada.get()
    expect(known).toMatchObject({ status: 'online', stale: false })
    await servers[0]?.stop()
    await cluster.advance('5s')
    expect(ada.get()).toEqual({ ...known, stale: true })
    await cluster.advance('10m')
    // The age is the time since `statusSince`, by the server's clock.
    expect(ada.get()).toEqual({ ...known, stale: true })
    expect(viewer.now() - (ada.get().statusSince ?? 0)).toBeGreaterThanOrEqual(665_000 - 100)
    await rig.startServer()
    await cluster.advance('1m')
    // Online or away: whether her old connection could still be resumed is not the matter here.
    expect(ada.get()).toMatchObject({ isOnline: true, stale: false })
  })

  it('by a network that fell silent', async () => {
    await using rig = await createClientCluster({ nodes: 1 })
    const { cluster } = rig
    const viewer = rig.client('eve')
    const ada = viewer.user('ada')
    ada.subscribe(() => {})
    void viewer.connect()
    const other = rig.client('ada')
    void other.connect()
    await cluster.advance('1m')
    expect(ada.get()).toMatchObject({ status: 'online', stale: false })
    rig.cutNetwork(true)
    // Two ping intervals without a word, one look, and the time to verify.
    await cluster.advance('1m')
    expect(ada.get()).toMatchObject({ status: 'online', stale: true })
    rig.cutNetwork(false)
    await cluster.advance('1m')
    expect(ada.get()).toMatchObject({ status: 'online', stale: false })
  })

  it('and does not take what it knew for fresh before the server has spoken of it', async () => {
    await using rig = await createClientCluster({ nodes: 2 })
    const { cluster, servers } = rig
    const viewer = rig.client('eve')
    const ada = viewer.user('ada')
    ada.subscribe(() => {})
    void viewer.connect()
    const other = rig.client('ada')
    void other.connect()
    await cluster.advance('1m')
    const holder = servers.find(({ node }) => node.presence.held > 0)
    await holder?.stop()
    // Ada leaves while the viewer is away.
    other.disconnect()
    await servers[0]?.node.presence.signOut('ada')
    for (let passed = 0; passed < 60_000; passed += 5) {
      const { status, stale } = ada.get()
      expect(status === 'offline' || stale || viewer.connection.get().status === 'connected').toBe(true)
      if (viewer.connection.get().status !== 'connected') expect(stale).toBe(true)
      await cluster.advance(5)
    }
    expect(ada.get()).toMatchObject({ status: 'offline', stale: false })
  })
})
