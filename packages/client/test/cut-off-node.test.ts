import { describe, expect, it } from 'vitest'
import { createClientCluster } from './client-cluster.ts'

const NODE_LEASE_MS = 30_000

describe('guarantee 8: a viewer that is cut off keeps each last known status with `stale: true` and its age, never stale as fresh', () => {
  it('by its node, which cannot reach the store', async () => {
    await using rig = await createClientCluster({ nodes: 2 })
    const { cluster, servers } = rig
    const viewer = rig.client('eve')
    const ada = viewer.user('ada')
    ada.subscribe(() => {})
    void viewer.connect()
    await cluster.advance('1s')
    const cutOff = servers.find(({ node }) => node.presence.held > 0)?.node
    const other = servers.find(({ node }) => node !== cutOff)?.node
    await other?.connect('ada')
    await cluster.advance('1m')
    const known = ada.get()
    expect(known).toMatchObject({ status: 'online', stale: false })
    cutOff?.storeAway(true)
    await other?.presence.signOut('ada')
    await cluster.advance(NODE_LEASE_MS)
    expect(ada.get()).toEqual({ ...known, stale: true })
    cutOff?.storeAway(false)
    await cluster.advance('1m')
    expect(ada.get()).toMatchObject({ status: 'offline', stale: false })
  })
})
