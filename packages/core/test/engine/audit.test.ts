import { describe, expect, it } from 'vitest'
import { type AuditOptions, createAudit } from '../../src/engine/audit.ts'
import { createPresence, memoryStore, type PresenceStore, type UserRecord } from '../../src/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createGate, type Gate } from './gate.ts'
import { setRecord } from './set-record.ts'
import { createTestNode } from './test-node.ts'

const RENEW_MS = 10_000
/** So long it may be that the user was forgotten on purpose, and the feed says so. */
const WORD_MS = 1000

/** A node on a store of which single records can be lost or set back, without a word to anybody. */
async function setUp() {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  const renewals: { gate: Gate | null } = { gate: null }
  const store: PresenceStore = {
    ...shelf,
    async renewNode(...args) {
      await renewals.gate?.passed
      return shelf.renewNode(...args)
    },
  }
  const node = await createTestNode({ clock, store })
  const recordOf = async (userId: string) => (await shelf.load([userId]))[0] ?? null
  const become = (userId: string, record: UserRecord | null) => setRecord(shelf, userId, record, node.presence.policy)
  return { clock, shelf, node, renewals, recordOf, become }
}

/** What stands of a user's connections, and where. */
const standing = (record: UserRecord | null) =>
  record?.connections.map(({ id, lost, spaces }) => [id, lost?.cause ?? null, spaces.map(({ space }) => space)]) ?? null

describe('a renewal', () => {
  it('finds a record that the store lost, and announces what is held there', async () => {
    const { clock, node, recordOf, become } = await setUp()
    const tab = await node.connect('ada', { spaces: ['doc'] })
    await node.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
    await node.connect('bob')
    await become('ada', null)
    await clock.advance(RENEW_MS + WORD_MS)
    expect(standing(await recordOf('ada'))).toEqual([[tab.connectionId, null, ['doc']]])
    expect(await node.statusOf('ada')).toBe('busy')
    expect(tab.ends).toEqual([])
    await node[Symbol.asyncDispose]()
  })

  it('finds a record that the store set back, and says again what is newer', async () => {
    const { clock, node, recordOf, become } = await setUp()
    const tab = await node.connect('ada')
    const before = await recordOf('ada')
    await tab.enter('doc', { page: 2 })
    await node.presence.setMessage('ada', { text: 'lunch' })
    await become('ada', before)
    await clock.advance(RENEW_MS)
    expect(standing(await recordOf('ada'))).toEqual([[tab.connectionId, null, ['default', 'doc']]])
    expect(await recordOf('ada')).toMatchObject({ message: { text: 'lunch' } })
    await node[Symbol.asyncDispose]()
  })

  it('ends what stands in this node’s name and is not held by it', async () => {
    const { clock, node, recordOf, become } = await setUp()
    const tab = await node.connect('ada')
    const before = await recordOf('ada')
    await tab.leave()
    expect(node.presence.held).toBe(0)
    await become('ada', before)
    await clock.advance(RENEW_MS)
    expect(standing(await recordOf('ada'))).not.toContainEqual([tab.connectionId, null, ['default']])
    await clock.advance(20_000)
    expect(await node.statusOf('ada')).toBe('offline')
    await node[Symbol.asyncDispose]()
  })

  it('says of one of two connections that it was lost, when the store forgot that', async () => {
    const { clock, node, recordOf, become } = await setUp()
    const [lost, held] = [await node.connect('ada'), await node.connect('ada')]
    const before = await recordOf('ada')
    lost.lost()
    await clock.settle()
    await become('ada', before)
    await clock.advance(RENEW_MS)
    expect(standing(await recordOf('ada'))).toEqual([
      [lost.connectionId, 'lost', ['default']],
      [held.connectionId, null, ['default']],
    ])
    await node[Symbol.asyncDispose]()
  })

  it('that finds all as it should be reads nothing', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const node = await createTestNode({ clock, store })
    await node.connect('ada')
    store.loads.length = 0
    await clock.advance(6 * RENEW_MS)
    expect(store.loads).toEqual([])
    await node[Symbol.asyncDispose]()
  })
})

describe('a digest that differs', () => {
  it('says little while saves are under way; three in a row say enough', async () => {
    const clock = createVirtualClock()
    let looks = 0
    const store: PresenceStore = {
      ...memoryStore({ clock }),
      async usersOf() {
        looks++
        return { items: [], next: null }
      },
    }
    let isQuiet = false
    let isEqual = false
    const parts: Partial<{ [K in keyof AuditOptions]: unknown }> = {
      store,
      clock,
      lease: { nodeId: 'n1' },
      ledger: { isQuiet: () => isQuiet, saves: () => 7, users: { entries: () => [], peek: () => undefined } },
      digest: { equals: () => isEqual },
    }
    const audit = createAudit(parts as AuditOptions)
    const compare = async (savesBefore: number) => {
      await audit.compare({ count: 1, sum: 1 }, savesBefore)
      return looks
    }
    expect([await compare(7), await compare(7), await compare(7)]).toEqual([0, 0, 1])
    expect([await compare(7), await compare(7)]).toEqual([1, 1])
    isEqual = true
    expect(await compare(7)).toBe(1)
    isEqual = false
    expect([await compare(7), await compare(7), await compare(7)]).toEqual([1, 1, 2])
    isQuiet = true
    expect([await compare(6), await compare(7)]).toEqual([2, 3])
  })
})

describe('a connection that its record lacks', () => {
  it('is announced before what it says is saved, and its caller is told of that', async () => {
    const { clock, node, recordOf, become } = await setUp()
    const tab = await node.connect('ada')
    await become('ada', null)
    const said = [tab.enter('doc', { page: 3 }), tab.exit('default')]
    await clock.advance(WORD_MS)
    await Promise.all(said)
    expect(standing(await recordOf('ada'))).toEqual([[tab.connectionId, null, ['doc']]])
    await node[Symbol.asyncDispose]()
  })

  it.each(['leave', 'lost', 'hint'] as const)(
    'and whose end by %s comes before it is announced is let go of',
    async (end) => {
      const { clock, node, renewals, recordOf, become } = await setUp()
      await node.presence.setMessage('ada', { text: 'lunch' })
      const before = await recordOf('ada')
      const tab = await node.connect('ada')
      await become('ada', before)
      // What a node holds it announces once it knows that its lease stands.
      renewals.gate = createGate()
      await node.presence.claim('ada', { source: 'call', status: 'busy' })
      expect([standing(await recordOf('ada')), node.presence.held]).toEqual([[], 1])
      await tab[end]()
      await clock.settle()
      expect(node.presence.held).toBe(0)
      renewals.gate.open()
      await clock.advance(RENEW_MS)
      expect([standing(await recordOf('ada')), node.presence.held]).toEqual([[], 0])
      await node[Symbol.asyncDispose]()
    },
  )

  it('is let go of and told so if it was ended on purpose meanwhile', async () => {
    const clock = createVirtualClock()
    const store = faultyStore(memoryStore({ clock }))
    const node = await createTestNode({ clock, store })
    const script = createPresence({ store, clock })
    const tab = await node.connect('ada')
    store.deaf = true
    await script.signOut('ada')
    const entered = tab.enter('doc', 1)
    await clock.advance(RENEW_MS)
    await entered
    expect(tab.ends).toEqual(['sign-out'])
    expect(node.presence.held).toBe(0)
    await node[Symbol.asyncDispose]()
  })
})

describe('after a node was cut off', () => {
  it('only pages that answer are announced', async () => {
    await using cluster = await createTestCluster({ policy: { idleAfter: false, dormantAfter: false } })
    const [cut, other] = cluster.nodes
    await cut.connect('ada')
    await cut.connect('bob', { answers: false })
    cut.storeAway(true)
    await cluster.advance('2m')
    expect([await other.statusOf('ada'), await other.statusOf('bob')]).toEqual(['offline', 'offline'])
    cut.storeAway(false)
    await cluster.advance('30s')
    expect([await other.statusOf('ada'), await other.statusOf('bob')]).toEqual(['online', 'offline'])
  })

  it('a page that answers later is announced then', async () => {
    await using cluster = await createTestCluster({ policy: { idleAfter: false, dormantAfter: false } })
    const [cut, other] = cluster.nodes
    let answers = false
    const viewer = cut.presence.viewerOf({ userId: 'ada' }, 'tab')
    await cut.presence.open({
      viewer,
      connectionId: 'tab',
      spaces: [],
      instance: null,
      resume: null,
      invisible: null,
      listener: {
        onSelf() {},
        onEnded() {},
        probe: async () => answers,
        describe: () => ({ viewer, spaces: null }),
      },
    })
    cut.storeAway(true)
    await cluster.advance('2m')
    cut.storeAway(false)
    await cluster.advance('30s')
    expect(await other.statusOf('ada')).toBe('offline')
    answers = true
    await cluster.advance('5s')
    expect(await other.statusOf('ada')).toBe('online')
  })
})

describe('while the store fails here and there', () => {
  const POLICY = { idleAfter: false, dormantAfter: false } as const
  const hiccups = (
    shelf: PresenceStore,
    isFailing: (call: 'load' | 'save' | 'renewNode') => boolean,
  ): PresenceStore => {
    const up = (call: 'load' | 'save' | 'renewNode') => {
      if (isFailing(call)) throw new Error('refused')
    }
    return {
      ...shelf,
      async load(userIds) {
        up('load')
        return shelf.load(userIds)
      },
      async save(writes) {
        up('save')
        return shelf.save(writes)
      },
      async renewNode(...args) {
        up('renewNode')
        return shelf.renewNode(...args)
      },
    }
  }

  it('a node that was killed announces what it holds once it can', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let isFailing = false
    const store = hiccups(shelf, (call) => isFailing && call !== 'renewNode')
    const killed = await createTestNode({ clock, store, policy: POLICY })
    const tab = await killed.connect('ada')
    await clock.advance(60_000)
    const former = killed.presence.nodeId
    await shelf.removeNode(former)
    isFailing = true
    await clock.advance(11_000)
    expect(killed.presence.nodeId).not.toBe(former)
    isFailing = false
    // Another node gives up what stands in the former name before this one could say that it lives.
    const other = await createTestNode({ clock, store: shelf, policy: POLICY })
    const sweeping = other.presence.sweep()
    await clock.advance(10)
    expect(await sweeping).toMatchObject({ lostUsers: 1 })
    await clock.advance(120_000)
    expect([tab.ends, await other.statusOf('ada')]).toEqual([[], 'online'])
    for (const node of [killed, other]) await node[Symbol.asyncDispose]()
  })

  it.each([0, 1, 2, 3])(
    'a page that answers nothing is not announced, although renewal %i after the outage fails',
    async (nth) => {
      const clock = createVirtualClock()
      const shelf = memoryStore({ clock })
      let isAway = false
      let renewals = Number.NEGATIVE_INFINITY
      const store = hiccups(shelf, (call) => isAway || (call === 'renewNode' && renewals++ === nth))
      const cut = await createTestNode({ clock, store, policy: POLICY })
      const other = await createTestNode({ clock, store: shelf, policy: POLICY })
      await cut.connect('bob', { answers: false })
      isAway = true
      await clock.advance(120_000)
      isAway = false
      renewals = 0
      for (let seconds = 0; seconds < 60; seconds++) {
        await clock.advance(1000)
        expect(await other.statusOf('bob')).toBe('offline')
      }
      const stopping = cut.presence.stop()
      await clock.advance(10_000)
      await stopping
      await other[Symbol.asyncDispose]()
    },
  )
})
