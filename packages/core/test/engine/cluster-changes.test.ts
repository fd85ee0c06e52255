import { describe, expect, it } from 'vitest'
import { createClusterChanges } from '../../src/engine/cluster-changes.ts'
import type { ClusterChange } from '../../src/engine/presence.ts'
import { createPresence, memoryStore, type Presence } from '../../src/index.ts'
import { emptyRecord } from '../../src/machine/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

const line = ({ userId, to, cause }: ClusterChange) => `${userId} ${to.status} ${cause}`

/** What a node says of the cluster, from now on. */
function listen(presence: Presence): string[] {
  const heard: string[] = []
  presence.on('change:cluster', (change) => heard.push(line(change)))
  return heard
}

describe('change:cluster', () => {
  it('fires on every node, once per change, whoever saved it', async () => {
    await using cluster = await createTestCluster({ nodes: 3 })
    const [a, b, c] = cluster.nodes
    const heard = [listen(a.presence), listen(b.presence), listen(c.presence)]
    await cluster.clock.settle()
    const ada = await a.connect('ada')
    await b.connect('bob')
    await c.presence.claim('ada', { source: 'manual', status: 'busy' })
    await ada.leave()
    await cluster.advance('1s')
    const all = ['ada online connect', 'bob online connect', 'ada busy claim', 'ada offline leave']
    for (const node of heard) expect(node).toEqual(all)
  })

  it('tells what others see, when it happened, and which version it is', async () => {
    await using cluster = await createTestCluster({ nodes: 2 })
    const [a, b] = cluster.nodes
    const told: ClusterChange[] = []
    b.presence.on('change:cluster', (change) => told.push(change))
    await cluster.clock.settle()
    const tab = await a.connect('ada')
    await cluster.advance('1s')
    const [record] = await cluster.store.load(['ada'])
    expect(told).toEqual([
      {
        userId: 'ada',
        to: await a.presence.get('ada'),
        cause: 'connect',
        at: record?.statusSince,
        connectionId: tab.connectionId,
        epoch: record?.epoch,
        version: record?.version,
      },
    ])
  })

  it('tells nothing of what others cannot see', async () => {
    await using cluster = await createTestCluster({ nodes: 2 })
    const [a, b] = cluster.nodes
    const heard = listen(b.presence)
    await cluster.clock.settle()
    const tab = await a.connect('ada', { invisible: { forMs: null } })
    await a.connect('ada')
    await a.presence.claim('ada', { source: 'manual', status: 'invisible' })
    await a.presence.setMessage('ada', { text: 'nobody reads this' })
    await tab.leave()
    await cluster.advance('1m')
    expect(heard).toEqual([])
    await a.presence.clear('ada')
    await cluster.advance('1s')
    expect(heard).toEqual(['ada online clear'])
  })

  it('tells of a user who was forgotten', async () => {
    await using cluster = await createTestCluster({ nodes: 2 })
    const [a, b] = cluster.nodes
    await a.connect('ada')
    const heard = [listen(a.presence), listen(b.presence)]
    await cluster.clock.settle()
    await a.presence.forget('ada')
    await cluster.advance('1s')
    for (const node of heard) expect(node).toEqual(['ada offline clear'])
  })

  it('is heard by whoever listened before the start', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [a] = cluster.nodes
    await using presence = createPresence({ store: cluster.store, clock: cluster.clock })
    const heard = listen(presence)
    await presence.start()
    await a.connect('ada')
    await cluster.advance('1s')
    expect(heard).toEqual(['ada online connect'])
  })

  it('listens to the cluster for as long as somebody listens here', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const topics = new Set<string>()
    const { subscribe } = cluster.store
    const store = {
      ...cluster.store,
      subscribe: async (listener: Parameters<typeof subscribe>[0]) => {
        const subscription = await subscribe(listener)
        return {
          ...subscription,
          add(added: Parameters<typeof subscription.add>[0]) {
            for (const topic of added) topics.add(topic)
            return subscription.add(added)
          },
          remove(removed: Parameters<typeof subscription.remove>[0]) {
            for (const topic of removed) topics.delete(topic)
            return subscription.remove(removed)
          },
        }
      },
    }
    await using presence = createPresence({ store, clock: cluster.clock })
    await presence.start()
    expect(topics.has('all')).toBe(false)
    const listener = () => {}
    presence.on('change:cluster', listener)
    await cluster.clock.settle()
    expect(topics.has('all')).toBe(true)
    const first = new Promise<ClusterChange>((resolve) => presence.once('change:cluster', resolve))
    presence.off('change:cluster', listener)
    expect(topics.has('all')).toBe(true)
    await cluster.nodes[0].connect('ada')
    await cluster.clock.settle()
    expect(line(await first)).toBe('ada online connect')
    expect(topics.has('all')).toBe(false)
  })

  it('is tried again when the store was away', async () => {
    await using cluster = await createTestCluster({ nodes: 2 })
    const [a, b] = cluster.nodes
    cluster.store.away(true)
    const heard = listen(b.presence)
    await cluster.advance('1s')
    expect(b.errors).toContain('store-error')
    cluster.store.away(false)
    await cluster.advance('1m')
    await a.connect('ada')
    await cluster.advance('1s')
    expect(heard).toEqual(['ada online connect'])
  })

  it('never tells an older state after a newer one, nor the same twice', () => {
    const told: string[] = []
    const changes = createClusterChanges({
      clock: createVirtualClock(),
      feed: { async add() {}, remove() {} },
      isRunning: () => true,
      emit: ({ epoch, version }) => told.push(`${epoch}.${version}`),
      onFailed(error) {
        throw error
      },
    })
    changes.follow(true)
    const change = { cause: 'connect', at: 1, nodeId: null, connectionId: null, visibleTo: 'everyone' }
    const hear = (epoch: number, version: number) =>
      changes.onChanges([
        { userId: 'ada', epoch, version, record: { ...emptyRecord('ada'), epoch, version }, note: { change } },
      ])
    hear(1, 2)
    hear(1, 2)
    hear(1, 1)
    hear(1, 4)
    hear(2, 1)
    hear(1, 5)
    expect(told).toEqual(['1.2', '1.4', '2.1'])
  })
})

it('who listens to the cluster for no time at all does not leave the node listening to everything', async () => {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const node = await createTestNode({ clock, store })
  const listener = () => {}
  node.presence.on('change:cluster', listener)
  node.presence.off('change:cluster', listener)
  await clock.advance(120_000)
  expect(store.topics()).not.toContain('all')
  await node[Symbol.asyncDispose]()
})
