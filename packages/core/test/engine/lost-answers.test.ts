import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceError } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

async function setUp() {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const node = await createTestNode({ clock, store })
  const connectionsOf = async (userId: string) => (await store.load([userId]))[0]?.connections ?? []
  return { clock, store, node, connectionsOf }
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    ({ code }: PresenceError) => code,
  )

describe('a save whose answer was lost', () => {
  it('of a second connection that is then reported lost leaves it lost in the store, not alive', async () => {
    const { clock, store, node, connectionsOf } = await setUp()
    await node.connect('ada')
    store.loseAnswer = true
    expect(await codeOf(node.connect('ada'))).toBe('store-error')
    await clock.advance(1000)
    expect((await connectionsOf('ada')).map(({ lost }) => lost?.cause ?? null)).toEqual([null, 'lost'])
    await clock.advance(20_000)
    expect(await connectionsOf('ada')).toHaveLength(1)
    expect(node.presence.held).toBe(1)
    await node[Symbol.asyncDispose]()
  })

  it('is told to the application, though the feed told the node of it first', async () => {
    const { clock, store, node } = await setUp()
    await node.connect('ada')
    // Whoever is watched is heard of: what the node saved itself too.
    await node.watch('user:ada')
    await clock.advance(1000)
    const told: string[] = []
    node.presence.on('change', ({ from, to, cause }) => told.push(`${from.status} ${to.status} ${cause}`))
    store.loseAnswer = true
    expect(await codeOf(node.presence.claim('ada', { source: 'call', status: 'busy' }))).toBe('store-error')
    await clock.advance(5000)
    expect(told).toEqual(['online busy claim'])
    await node[Symbol.asyncDispose]()
  })

  it('and that was made again by a driver meets itself, and counts', async () => {
    const { clock, store, node } = await setUp()
    const told: string[] = []
    node.presence.on('change', ({ userId, to, cause }) => told.push(`${userId} ${to.status} ${cause}`))
    const { save } = store
    store.save = async (writes) => {
      await save(writes)
      return save(writes)
    }
    const tab = await node.connect('ada')
    await node.presence.claim('ada', { source: 'call', status: 'busy' })
    await node.presence.forget('ada')
    await clock.advance(5000)
    expect(told).toEqual(['ada online connect', 'ada busy claim', 'ada offline clear'])
    expect(tab.ends).toEqual(['kicked'])
    await node[Symbol.asyncDispose]()
  })

  it('of several opens at once is no failure of any of them: each is tried again, and finds itself open', async () => {
    const { store, node, connectionsOf } = await setUp()
    store.held = true
    const first = node.connect('first')
    await node.clock.settle()
    const opens = [node.connect('ada'), node.connect('bob')]
    await node.clock.settle()
    store.beforeSave = async () => {
      store.beforeSave = async () => {
        store.loseAnswer = true
      }
    }
    store.release()
    const tabs = await Promise.all([first, ...opens])
    expect(store.saves.map((writes) => writes.map(({ userId }) => userId)).slice(0, 2)).toEqual([
      ['first'],
      ['ada', 'bob'],
    ])
    expect(tabs.map(({ isActive }) => isActive)).toEqual([true, true, true])
    expect(tabs.map(({ self }) => self.status)).toEqual(['online', 'online', 'online'])
    for (const userId of ['ada', 'bob']) {
      expect(await connectionsOf(userId)).toMatchObject([{ lost: null, nodeId: node.presence.nodeId }])
    }
    expect(node.errors).toEqual([])
    await node[Symbol.asyncDispose]()
  })

  it('is told of as a change all the same, once', async () => {
    const { clock, store, node } = await setUp()
    await node.connect('ada')
    const seen: string[] = []
    node.presence.on('change', ({ to }) => seen.push(to.status))
    store.loseAnswer = true
    await codeOf(node.presence.claim('ada', { source: 'manual', status: 'busy' }))
    await clock.advance(5000)
    expect(seen).toEqual(['busy'])
    await node[Symbol.asyncDispose]()
  })
})

describe('a forget that could not be saved', () => {
  it('is refused, and does not erase later what came after it', async () => {
    const { clock, store, node } = await setUp()
    await node.connect('ada')
    await node.presence.claim('ada', { source: 'manual', status: 'busy' })
    store.down = true
    const forgotten = codeOf(node.presence.forget('ada'))
    await clock.advance(100)
    const said = codeOf(node.presence.setMessage('ada', { text: 'still here' }))
    await clock.advance(1000)
    expect([await forgotten, await said]).toEqual(['store-error', 'store-error'])
    store.down = false
    await clock.advance(10_000)
    expect(await node.presence.get('ada')).toMatchObject({ status: 'busy', message: { text: 'still here' } })
    await node[Symbol.asyncDispose]()
  })
})

describe('a connection that ends while it opens', () => {
  it.each(['kick', 'signOut'] as const)(
    'by %s in the very step that opened it is refused with `ended`',
    async (end) => {
      const { store, node, connectionsOf } = await setUp()
      store.held = true
      const other = node.connect('other')
      await node.clock.settle()
      const opened = codeOf(node.connect('ada'))
      await node.clock.settle()
      const ended = node.presence[end]('ada')
      store.release()
      await Promise.all([other, ended])
      expect(await opened).toBe('ended')
      expect(store.saves).toHaveLength(2)
      expect(await connectionsOf('ada')).toEqual([])
      expect(node.presence.held).toBe(1)
      await node[Symbol.asyncDispose]()
    },
  )
})

describe('what several events fold into nothing', () => {
  it('is saved, but published to nobody', async () => {
    const { clock, store, node } = await setUp()
    const other = await createTestNode({ clock, store })
    const tab = await node.connect('ada')
    const watcher = await other.watch('user:ada')
    const seen: string[] = []
    node.presence.on('change', ({ to }) => seen.push(to.status))
    store.held = true
    const first = node.presence.setLastSeenTo('bob', 'admins')
    await clock.settle()
    const folded = [tab.enter('doc', 1), tab.enter('doc', 2), tab.exit('doc')]
    await clock.settle()
    store.saves.length = 0
    store.release()
    await Promise.all([first, ...folded])
    await clock.advance(100)
    expect(store.saves.flat().map(({ userId, topics }) => [userId, topics])).toEqual([['ada', []]])
    expect(watcher.messages).toEqual([])
    expect(seen).toEqual([])
    await other[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  })
})
