import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/testing.ts'

const RECONCILE_MS = 30_000

describe('guarantee 4: on return a node announces its connections as they now are', () => {
  it('with the state that the fence refused, though others gave the connection up meanwhile', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada', { spaces: ['default', 'doc'] })
    await tab.enter('doc', { page: 1 })
    cutOff.storeAway(true)
    tab.enter('doc', { page: 2 }).catch(() => {})
    tab.exit('default').catch(() => {})
    await cluster.advance('2m')
    expect(await other.statusOf('ada')).toBe('offline')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect(await other.presence.get('ada')).toMatchObject({
      status: 'online',
      spaces: [{ space: 'doc', state: { page: 2 } }],
    })
  })

  it('with the claim that the fence refused', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const tab = await cutOff.connect('ada')
    cutOff.storeAway(true)
    cutOff.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId }).catch(() => {})
    cutOff.presence.setMessage('ada', { text: 'meanwhile' }).catch(() => {})
    await cluster.advance('2m')
    cutOff.storeAway(false)
    await cluster.advance(RECONCILE_MS)
    expect(await other.presence.get('ada')).toMatchObject({ status: 'busy', message: { text: 'meanwhile' } })
  })
})
