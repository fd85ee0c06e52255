import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceStore, type UserRecord } from '../../src/index.ts'
import { DEFAULT_POLICY, transition } from '../../src/machine/index.ts'
import { seal } from '../../src/machine/seal.ts'
import { createVirtualClock, type VirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { setRecord } from './set-record.ts'
import { createTestNode } from './test-node.ts'

const POLICY = { idleAfter: false, dormantAfter: false } as const

describe('what a holder knows of a connection outlives an announcement that failed', () => {
  it.each([0, 1, 2, 3, 4])('renewal %i after the outage fails', async (nth) => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let isAway = false
    let renewals = Number.NEGATIVE_INFINITY
    const up = (isRenewal = false) => {
      if (isAway || (isRenewal && renewals++ === nth)) throw new Error('refused')
    }
    const store: PresenceStore = {
      ...shelf,
      async now() {
        up()
        return shelf.now()
      },
      async load(ids) {
        up()
        return shelf.load(ids)
      },
      async save(writes) {
        up()
        return shelf.save(writes)
      },
      async renewNode(...args) {
        up(true)
        return shelf.renewNode(...args)
      },
    }
    const cut = await createTestNode({ clock, store, policy: POLICY })
    const other = await createTestNode({ clock, store: shelf, policy: POLICY })
    const tab = await cut.connect('ada')
    await cut.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
    isAway = true
    await clock.advance(120_000)
    expect(await other.statusOf('ada')).toBe('offline')
    isAway = false
    renewals = 0
    await clock.advance(60_000)
    const [record] = await shelf.load(['ada'])
    const mine = record?.connections.find(({ id }) => id === tab.connectionId)
    expect({ ends: tab.ends, status: await other.statusOf('ada'), resumable: mine?.resume != null }).toEqual({
      ends: [],
      status: 'busy',
      resumable: true,
    })
    for (const node of [cut, other]) await node[Symbol.asyncDispose]()
  })

  it.each(['something is said on it', 'a review looks at it'])(
    'and %s before the announcement is tried again',
    async (what) => {
      const clock = createVirtualClock()
      const shelf = faultyStore(memoryStore({ clock }))
      let failing = false
      const store: PresenceStore = {
        ...shelf,
        async renewNode(...args) {
          if (failing) throw new Error('refused')
          return shelf.renewNode(...args)
        },
      }
      const node = await createTestNode({ clock, store, policy: POLICY })
      const tab = await node.connect('ada')
      await node.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
      // A sweep removed it wrongly, by the rules: lost with its node, and over.
      const [record] = await shelf.load(['ada'])
      const now = clock.now()
      const self = { userId: 'ada', nodeId: 'sweeper' }
      const lost = transition(
        record as UserRecord,
        { type: 'node-lost', at: now, nodeId: node.presence.nodeId },
        now,
        DEFAULT_POLICY,
        self,
      )
      const gone = transition(lost.record, { type: 'advance' }, now + 20_000, DEFAULT_POLICY, self)
      const sealed = seal(record as UserRecord, gone.record as UserRecord, {
        rev: 'sweeper:1',
        now: now + 20_000,
        lastEpoch: 0,
      })
      await clock.advance(3000)
      await setRecord(shelf, 'ada', sealed, node.presence.policy)
      failing = true
      // The node learns of it.
      await node.presence.setMessage('ada', { text: 'hi' })
      await clock.advance(1000)
      failing = false
      if (what.startsWith('something')) void tab.enter('doc', 1)
      else shelf.gap()
      await clock.advance(30_000)
      const [back] = await shelf.load(['ada'])
      expect([tab.ends, await node.statusOf('ada'), back?.connections[0]?.resume != null]).toEqual([[], 'busy', true])
      await node[Symbol.asyncDispose]()
    },
  )
})

/** A node that holds a page whose connection the store has lost without a word. */
async function withoutConnection(clock: VirtualClock, shelf: PresenceStore, store: PresenceStore) {
  const node = await createTestNode({ clock, store, policy: POLICY })
  const tab = await node.connect('ada')
  const [record] = await shelf.load(['ada'])
  await node.presence.setMessage('ada', { text: 'hi' })
  const lacking = { ...(record as UserRecord), connections: [], version: 9, rev: 'x:1' }
  await setRecord(shelf, 'ada', lacking, node.presence.policy)
  return { node, tab }
}

it('what waits for an announcement that fails asks the store no faster than it is tried again', async () => {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  let failing = false
  let calls = 0
  const store: PresenceStore = {
    ...shelf,
    async renewNode(...args) {
      if (!failing) return shelf.renewNode(...args)
      calls++
      await new Promise<void>((resolve) => clock.setTimer(resolve, 2))
      throw new Error('refused')
    },
  }
  const { node, tab } = await withoutConnection(clock, shelf, store)
  failing = true
  await node.presence.setMessage('ada', { text: 'there' })
  await clock.advance(100)
  const before = calls
  void tab.enter('doc', 1).catch(() => {})
  await clock.advance(4000)
  expect(calls - before).toBeLessThan(10)
  failing = false
  await clock.advance(60_000)
  await node[Symbol.asyncDispose]()
})

it('a store that refuses at once does not keep the process from everything else', async () => {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  let failing = false
  let calls = 0
  const store: PresenceStore = {
    ...shelf,
    async renewNode(...args) {
      // The guard, without which this test would never end.
      if (!failing || calls++ > 20_000) return shelf.renewNode(...args)
      throw new Error('Stream is not writeable')
    },
  }
  const { node, tab } = await withoutConnection(clock, shelf, store)
  failing = true
  await node.presence.setMessage('ada', { text: 'there' })
  await clock.settle()
  void tab.enter('doc', 1).catch(() => {})
  // A turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
  expect(calls).toBeLessThan(20)
  failing = false
  await clock.advance(60_000)
  await node[Symbol.asyncDispose]()
})

it('who left and came again while a node reviews all it holds is not taken for lost', async () => {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  let slow = false
  const base = faultyStore(shelf)
  const store: PresenceStore = {
    ...base,
    async load(ids) {
      if (slow) await new Promise<void>((resolve) => clock.setTimer(resolve, 50))
      return base.load(ids)
    },
  }
  const node = await createTestNode({ clock, store, policy: POLICY })
  const connecting = Array.from({ length: 1500 }, (_, i) => node.connect(`user-${i}`))
  await clock.advance(1000)
  const tabs = await Promise.all(connecting)
  await clock.advance(11_000)
  slow = true
  base.gap()
  await clock.advance(10)
  const last = tabs.at(-1)
  const back = last?.leave().then(() => node.connect('user-1499'))
  await clock.advance(5000)
  const tab = await back
  await clock.advance(60_000)
  const [record] = await shelf.load(['user-1499'])
  expect([tab?.ends, record?.status, record?.connections.map(({ lost }) => lost?.cause ?? null)]).toEqual([
    [],
    'online',
    [null],
  ])
  await node[Symbol.asyncDispose]()
}, 60_000)

it.each([false, true])(
  'one user whose save always fails does not make a node read all it holds for ever; was fenced: %s',
  async (fence) => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const store = faultyStore({
      ...shelf,
      async save(writes) {
        if (refuses && writes.some(({ userId }) => userId === 'bad')) throw new Error('refused')
        return shelf.save(writes)
      },
    })
    let refuses = false
    const node = await createTestNode({ clock, store, policy: POLICY })
    for (const user of ['ada', 'bob', 'cid', 'bad']) await node.connect(user)
    refuses = true
    void node.presence.claim('bad', { source: 'call', status: 'busy' }).catch(() => {})
    await clock.advance(1000)
    if (fence) {
      store.down = true
      await clock.advance(26_000)
      store.down = false
    }
    await clock.advance(60_000)
    store.loads.length = 0
    await clock.advance(300_000)
    expect(store.loads.filter((ids) => ids.includes('ada')).length).toBeLessThan(2)
    await node[Symbol.asyncDispose]()
  },
)
