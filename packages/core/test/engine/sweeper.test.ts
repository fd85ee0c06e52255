import { describe, expect, it } from 'vitest'
import { createPresence, memoryStore, type PresenceStore } from '../../src/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

const NEVER_IDLE = { idleAfter: false, dormantAfter: false } as const
const HELD_OFF = { due: 0, deadNodes: 0, lostUsers: 0, durationMs: 0, heldOff: true }

describe('a process that is no node', () => {
  it('sweeps under a lease for as long as that takes, and leaves none behind', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const leases: string[] = []
    const store: PresenceStore = {
      ...shelf,
      async renewNode(nodeId, ...rest) {
        leases.push(nodeId)
        return shelf.renewNode(nodeId, ...rest)
      },
    }
    const script = createPresence({ store, clock })
    await script.touch({ userId: 'ada' })
    // A node that renews keeps the store from holding off.
    const renewElsewhere = (nodeId: string) =>
      shelf.renewNode(nodeId, clock.now() + 1000, clock.now(), { afterMs: 1e9, forMs: 1 })
    for (let passed = 0; passed < 100; passed += 10) {
      await clock.advance(10_000)
      await renewElsewhere('somebody')
    }
    expect(await script.sweep()).toMatchObject({ due: 1, deadNodes: 0, heldOff: false })
    expect((await script.get('ada')).status).toBe('offline')
    expect(new Set(leases).size).toBe(1)
    expect(leases).not.toContain(script.nodeId)
    expect((await renewElsewhere(leases[0] as string)).stands).toBe(false)
    await script.stop()
  })

  it('sweeps nobody after an outage, and gives its lease back all the same', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    const script = createPresence({ store, clock })
    await script.touch({ userId: 'ada' })
    await store.renewNode('somebody', clock.now() + 1000, clock.now(), { afterMs: 1e9, forMs: 1 })
    await clock.advance(120_000)
    expect(await script.sweep()).toEqual(HELD_OFF)
    expect((await script.get('ada')).status).toBe('online')
    await script.stop()
  })

  it('learns that the store did not answer', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const script = createPresence({ store, clock })
    store.down = true
    await expect(script.sweep()).rejects.toMatchObject({ code: 'store-error' })
    await script.stop()
  })
})

describe('a node that may not write', () => {
  it('sweeps nobody', async () => {
    await using cluster = await createTestCluster({ policy: NEVER_IDLE })
    const [node] = cluster.nodes
    node.storeAway(true)
    await cluster.advance('1m')
    expect(await node.presence.sweep()).toEqual(HELD_OFF)
  })
})

describe('a user who cannot be swept', () => {
  it('keeps nobody else from it, and is swept once it can be', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let refuses = true
    let refusals = 0
    const store: PresenceStore = {
      ...shelf,
      async save(writes) {
        if (refuses && writes.some(({ userId, record }) => userId === 'bad' && record?.status === 'offline')) {
          refusals++
          throw new Error('this record is refused')
        }
        return shelf.save(writes)
      },
    }
    const one = await createTestNode({ clock, store: shelf, policy: NEVER_IDLE })
    const two = await createTestNode({ clock, store, policy: NEVER_IDLE })
    const tabs = [await one.connect('ada'), await one.connect('bad'), await one.connect('cyd')]
    for (const tab of tabs) tab.lost()
    await clock.settle()
    one.crash()
    await clock.advance(60_000)
    expect([await two.statusOf('ada'), await two.statusOf('cyd')]).toEqual(['offline', 'offline'])
    expect(refusals).toBeGreaterThan(1)
    refuses = false
    await clock.advance(120_000)
    expect(await two.statusOf('bad')).toBe('offline')
    await two[Symbol.asyncDispose]()
  })
})

describe('dead nodes', () => {
  it('are emptied at the pace that was asked for, and forgotten', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    const dying = await createTestNode({ clock, store, policy: NEVER_IDLE })
    const { nodeId } = dying.presence
    for (let i = 0; i < 20; i++) await dying.connect(`user-${i}`)
    const node = await createTestNode({ clock, store, policy: NEVER_IDLE, sweepRate: 10 })
    const swept: { lostUsers: number; durationMs: number }[] = []
    node.presence.on('sweep', (result) => result.lostUsers > 0 && swept.push(result))
    dying.crash()
    await clock.advance(60_000)
    expect(swept).toMatchObject([{ lostUsers: 20, durationMs: 2000 }])
    expect((await store.usersOf(nodeId, null, 10)).items).toEqual([])
    expect(await node.presence.count()).toBe(0)
    await node[Symbol.asyncDispose]()
  })
})

it('what is due is executed although the sweeper remembers an older record', async () => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const sweeper = await createTestNode({ clock, store, policy: NEVER_IDLE })
  // A request was served here: the user is known, and nobody tells this node of their changes.
  await sweeper.presence.touch({ userId: 'ada', sessionId: 's' })
  await clock.advance(1000)
  await sweeper.presence.touch({ userId: 'ada', sessionId: 's' })
  const other = await createTestNode({ clock, store, policy: NEVER_IDLE })
  await other.presence.claim('ada', { source: 'call', status: 'busy', for: '5s' })
  other.crash()
  await clock.advance(16_000)
  expect(await sweeper.presence.get('ada', { as: 'self' })).toMatchObject({ status: 'online', claims: [] })
  await sweeper[Symbol.asyncDispose]()
})
