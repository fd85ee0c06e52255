import { describe, expect, it } from 'vitest'
import { createPresence, memoryStore, type PresenceStore } from '../../src/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createGate, type Gate } from './gate.ts'
import { createTestNode } from './test-node.ts'

const POLICY = { idleAfter: false, dormantAfter: false } as const
const RENEW_MS = 10_000
/** So long it may be that the user was forgotten on purpose, and the feed says so. */
const WORD_MS = 1000

/** The feed of a store, whose changes can be held back. */
function feedBehind(shelf: PresenceStore) {
  let late: (() => void)[] | null = null
  const subscribe: PresenceStore['subscribe'] = (listener) =>
    shelf.subscribe({
      ...listener,
      onChanges(changes) {
        if (late === null) listener.onChanges(changes)
        else late.push(() => listener.onChanges(changes))
      },
    })
  return {
    subscribe,
    hold() {
      late = []
    },
    /** What was held back, to be heard now. */
    letGo() {
      const held = late ?? []
      late = null
      return held
    },
  }
}

describe('a user who was forgotten elsewhere', () => {
  it('is not taken for one whom the store lost, although something is said of them at that moment', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const node = await createTestNode({ clock, store: shelf })
    const script = createPresence({ store: shelf, clock })
    const tab = await node.connect('ada')
    const forgotten = script.forget('ada')
    const entered = tab.enter('doc', 1)
    await clock.advance(RENEW_MS + WORD_MS)
    await Promise.all([forgotten, entered])
    expect((await shelf.load(['ada']))[0]).toBeNull()
    expect([tab.ends, node.presence.held]).toEqual([['kicked'], 0])
    await node[Symbol.asyncDispose]()
  })

  it('stays forgotten although they came again elsewhere before that was heard', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const behind = feedBehind(shelf)
    const store: PresenceStore = {
      ...shelf,
      subscribe: behind.subscribe,
    }
    const node = await createTestNode({ clock, store })
    const other = await createTestNode({ clock, store: shelf })
    const tab = await node.connect('ada')
    await node.presence.setMessage('ada', { text: 'secret' })
    behind.hold()
    await other.presence.forget('ada')
    const entered = tab.enter('doc', 1)
    await clock.advance(100)
    const again = await other.connect('ada')
    await clock.advance(100)
    for (const hear of behind.letGo()) hear()
    await clock.advance(60_000)
    await entered
    expect((await other.presence.get('ada')).message).toBeNull()
    expect([tab.ends, again.ends]).toEqual([['kicked'], []])
    for (const each of [node, other]) await each[Symbol.asyncDispose]()
  })

  it('and came again and was kicked there is let go of here, although the store fails while that is found out', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const failing = { renewal: async () => {} }
    const store = faultyStore({
      ...shelf,
      async renewNode(...args) {
        await failing.renewal()
        return shelf.renewNode(...args)
      },
    })
    const node = await createTestNode({ clock, store })
    const script = createPresence({ store: shelf, clock })
    const tab = await node.connect('ada')
    store.deaf = true
    await script.forget('ada')
    await clock.advance(1000)
    await script.touch({ userId: 'ada' })
    await clock.advance(1000)
    await script.kick('ada')
    let renewals = 0
    failing.renewal = async () => {
      // The first is of the gap; the second comes between the look that finds her missing and her announcement.
      if (++renewals !== 2) return
      store.down = true
      await node.presence.claim('bob', { source: 'call', status: 'busy' }).catch(() => {})
      store.down = false
    }
    store.gap()
    await clock.advance(60_000)
    expect([tab.ends.length, node.presence.held]).toEqual([1, 0])
    await node[Symbol.asyncDispose]()
  })
})

describe('a user who was forgotten, and came again', () => {
  it('stays so, although they came again before what was read of them had arrived', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let gate: Gate | null = null
    const store: PresenceStore = {
      ...shelf,
      async load(ids) {
        const records = await shelf.load(ids)
        await gate?.passed
        return records
      },
    }
    const node = await createTestNode({ clock, store, policy: POLICY })
    const other = await createTestNode({ clock, store: shelf, policy: POLICY })
    await node.watch('space:default')
    const tab = await node.connect('ada')
    await node.presence.setMessage('ada', { text: 'secret' })
    gate = createGate()
    const looked = node.presence.leased('ada', 'x').look()
    await clock.advance(10)
    await other.presence.forget('ada')
    await clock.advance(10)
    const again = await other.connect('ada')
    await clock.advance(10)
    gate.open()
    gate = null
    await looked
    await clock.advance(60_000)
    expect((await other.presence.get('ada')).message).toBeNull()
    expect([tab.ends, again.ends]).toEqual([['kicked'], []])
    for (const each of [node, other]) await each[Symbol.asyncDispose]()
  })

  it.each([0, 2000])(
    'and came again before anything was said here is ended here on purpose; a renewal takes %i ms',
    async (renewalMs) => {
      const clock = createVirtualClock()
      const shelf = memoryStore({ clock })
      const behind = feedBehind(shelf)
      let slow = false
      const store: PresenceStore = {
        ...shelf,
        async renewNode(...args) {
          if (slow && renewalMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, renewalMs))
          return shelf.renewNode(...args)
        },
        subscribe: behind.subscribe,
      }
      const node = await createTestNode({ clock, store, policy: POLICY })
      const other = await createTestNode({ clock, store: shelf, policy: POLICY })
      await node.watch('space:default')
      const tab = await node.connect('ada')
      await node.presence.setMessage('ada', { text: 'secret' })
      await node.presence.claim('ada', { source: 'call', status: 'busy', connectionId: tab.connectionId })
      behind.hold()
      slow = true
      await clock.advance(100)
      await other.presence.forget('ada')
      await clock.advance(100)
      const again = await other.connect('ada')
      const entered = tab.enter('doc', 1)
      await clock.advance(100)
      for (const hear of behind.letGo()) hear()
      await clock.advance(60_000)
      await entered
      const [record] = await shelf.load(['ada'])
      expect({
        status: await other.statusOf('ada'),
        message: record?.message ?? null,
        connections: record?.connections.map(({ id }) => id),
        tab: tab.ends,
      }).toEqual({ status: 'online', message: null, connections: [again.connectionId], tab: ['kicked'] })
      for (const each of [node, other]) await each[Symbol.asyncDispose]()
    },
  )
})

it('a user who was forgotten and came again elsewhere stays so, heard the other way round', async () => {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  const behind = feedBehind(shelf)
  const store: PresenceStore = {
    ...shelf,
    subscribe: behind.subscribe,
  }
  const node = await createTestNode({ clock, store, policy: POLICY })
  const other = await createTestNode({ clock, store: shelf, policy: POLICY })
  await node.watch('space:default')
  const tab = await node.connect('ada')
  await node.presence.setMessage('ada', { text: 'secret' })
  await clock.advance(100)
  behind.hold()
  await other.presence.forget('ada')
  await clock.advance(100)
  const again = await other.connect('ada')
  await clock.advance(100)
  for (const hear of behind.letGo().reverse()) hear()
  await clock.advance(60_000)
  const [record] = await shelf.load(['ada'])
  expect([record?.message ?? null, record?.connections.map(({ id }) => id), tab.ends]).toEqual([
    null,
    [again.connectionId],
    ['kicked'],
  ])
  for (const each of [node, other]) await each[Symbol.asyncDispose]()
})

it('who was forgotten and comes again at once is newer than before, whichever node says so', async () => {
  await using cluster = await createTestCluster({ policy: POLICY })
  const [one, two] = cluster.nodes
  const watcher = await one.watch('space:default')
  await one.connect('ada')
  const [before] = await cluster.store.load(['ada'])
  await two.presence.forget('ada')
  await two.connect('ada')
  await cluster.clock.settle()
  await cluster.advance('1s')
  const [after] = await cluster.store.load(['ada'])
  expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0)
  expect(watcher.status('ada')).toBe('online')
})
