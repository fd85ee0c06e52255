import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { createTestNode } from './test-node.ts'

describe('a held connection', () => {
  it('is told of the user’s other connections, and of every change of the real state', async () => {
    await using node = await createTestNode()
    const one = await node.connect('ada')
    expect(one.self.connections).toHaveLength(1)
    const two = await node.connect('ada')
    expect(two.self.connections).toHaveLength(2)
    expect(one.selves.at(-1)?.connections).toHaveLength(2)
    expect(two.selves).toEqual([])
    await node.presence.claim('ada', { source: 'manual', status: 'invisible' })
    expect(one.selves.at(-1)).toMatchObject({ status: 'online', hidden: true })
    expect(await node.statusOf('ada')).toBe('offline')
  })

  it('is told once that it was signed out, and does nothing afterwards', async () => {
    await using node = await createTestNode()
    const mine = await node.connect('ada', { sessionId: 'phone' })
    const other = await node.connect('ada', { sessionId: 'laptop' })
    await node.presence.signOut('ada', { sessionId: 'phone' })
    mine.activity()
    mine.lost()
    await mine.enter('default', { page: 1 })
    await mine.leave()
    expect(mine.ends).toEqual(['sign-out'])
    expect(other.ends).toEqual([])
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({ connections: [{ sessionId: 'laptop' }] })
    expect(node.presence.held).toBe(1)
  })

  it('is told that it was kicked, alone or with all others', async () => {
    await using node = await createTestNode()
    const [one, two] = [await node.connect('ada'), await node.connect('ada')]
    await node.presence.kick('ada', { connectionIds: [one.connectionId] })
    expect([one.ends, two.ends]).toEqual([['kicked'], []])
    await node.presence.kick('ada')
    expect(two.ends).toEqual(['kicked'])
    expect(await node.statusOf('ada')).toBe('offline')
  })

  it('is told when its user is forgotten', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    await node.presence.forget('ada')
    expect(tab.ends).toEqual(['kicked'])
    expect(await node.store.load(['ada'])).toEqual([null])
  })

  it('is told when its grace ran out although its transport lives', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    tab.hint()
    await node.clock.advance(10_000)
    expect(tab.ends).toEqual(['lapsed'])
  })

  it('goes idle at once when it says so, and wakes with the next input', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    await node.clock.advance(1000)
    tab.idle()
    tab.idle()
    await node.clock.settle()
    expect(await node.presence.get('ada')).toMatchObject({ status: 'away', statusSince: node.startedAt + 1000 })
    await node.clock.advance(1000)
    tab.activity()
    await node.clock.settle()
    expect(await node.statusOf('ada')).toBe('online')
  })

  it('ends as dormant offline, and comes back with input', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    await node.clock.advance(30 * 60_000)
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'offline',
      cause: { cause: 'dormant' },
    })
    tab.activity()
    await node.clock.settle()
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'online',
      cause: { cause: 'activity' },
    })
  })
})

describe('opening', () => {
  it('refuses more connections than a user may have, lost ones not counted', async () => {
    await using node = await createTestNode({ policy: { maxConnections: 2 } })
    const [one] = [await node.connect('ada'), await node.connect('ada')]
    await expect(node.connect('ada')).rejects.toMatchObject({ code: 'limit-exceeded', details: { limit: 2 } })
    expect(node.presence.held).toBe(2)
    one.lost()
    await node.connect('ada')
  })

  it('is refused before start and after stop', async () => {
    const node = await createTestNode()
    await node[Symbol.asyncDispose]()
    await expect(node.connect('ada')).rejects.toMatchObject({ code: 'not-running' })
  })

  it('with an invisible claim never shows the user', async () => {
    await using node = await createTestNode()
    const seen: string[] = []
    node.presence.on('change', ({ to }) => seen.push(to.status))
    const watcher = await node.watch('space:default')
    await node.connect('ada', { invisible: { forMs: 60_000 } })
    await node.clock.advance(59_999)
    expect(seen).toEqual([])
    expect(watcher.messages).toEqual([])
    await node.clock.advance(1)
    expect(seen).toEqual(['online'])
    expect(watcher.status('ada')).toBe('online')
  })
})

describe('a resume token', () => {
  it('is rotated, and works once', async () => {
    await using node = await createTestNode()
    const first = await node.connect('ada', { instance: 'page-1' })
    first.lost()
    const second = await node.connect('ada', { instance: 'page-2', resume: first.resumeToken })
    expect(second.resumed).toBe(true)
    expect(first.ends).toEqual(['replaced'])
    expect(second.resumeToken).not.toBe(first.resumeToken)
    const thief = await node.connect('ada', { instance: 'page-3', resume: first.resumeToken })
    expect(thief.resumed).toBe(false)
    expect(second.ends).toEqual([])
  })

  it('may be repeated by the page that used it, whose welcome was lost', async () => {
    await using node = await createTestNode()
    const first = await node.connect('ada', { instance: 'page-1' })
    first.lost()
    const second = await node.connect('ada', { instance: 'page-2', resume: first.resumeToken })
    const third = await node.connect('ada', { instance: 'page-2', resume: first.resumeToken })
    expect(third.resumed).toBe(true)
    expect(second.ends).toEqual(['replaced'])
    expect(third.self.connections).toHaveLength(1)
  })

  it('of a duplicated tab opens anew, for the first one still answers', async () => {
    await using node = await createTestNode()
    const original = await node.connect('ada', { instance: 'page-1', answers: true })
    const copy = await node.connect('ada', { instance: 'page-2', resume: original.resumeToken })
    expect(copy.resumed).toBe(false)
    expect(original.ends).toEqual([])
    expect(copy.self.connections).toHaveLength(2)
  })

  it('takes the place of a connection whose loss nobody noticed yet, if its page is silent', async () => {
    await using node = await createTestNode()
    const original = await node.connect('ada', { instance: 'page-1', answers: false })
    const reloaded = await node.connect('ada', { instance: 'page-2', resume: original.resumeToken })
    expect(reloaded.resumed).toBe(true)
    expect(reloaded.self.connections).toHaveLength(1)
  })

  it('that nobody issued is a plain connect', async () => {
    await using node = await createTestNode()
    expect((await node.connect('ada', { instance: 'page-1', resume: 'forged' })).resumed).toBe(false)
  })

  it('brings spaces with their state, and claims that were bound, along', async () => {
    await using node = await createTestNode()
    const first = await node.connect('ada', { instance: 'page-1' })
    await first.enter('default', { page: 7 })
    await node.presence.claim('ada', { source: 'call', status: 'busy', connectionId: first.connectionId })
    first.lost()
    const second = await node.connect('ada', { instance: 'page-1', resume: first.resumeToken })
    await node.clock.advance(60_000)
    expect(second.self).toMatchObject({
      status: 'busy',
      spaces: [{ state: { page: 7 } }],
      claims: [{ connectionId: second.connectionId }],
    })
    expect(await node.statusOf('ada')).toBe('busy')
  })
})

describe('a node that stops', () => {
  it('keeps its users online for the drain grace, and tells every transport', async () => {
    const node = await createTestNode()
    const other = await createTestNode({ clock: node.clock, store: node.store })
    const tab = await node.connect('ada')
    await node[Symbol.asyncDispose]()
    expect(tab.ends).toEqual(['draining'])
    await node.clock.advance(59_000)
    expect(await other.statusOf('ada')).toBe('online')
    await node.clock.advance(15_000)
    expect(await other.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'offline',
      cause: { cause: 'drain' },
    })
    await other[Symbol.asyncDispose]()
  })

  it.each([0, 800])('lets nobody in who waits whether they may resume, though saves take %i ms', async (slowMs) => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let saveMs = 0
    const store: PresenceStore = {
      ...shelf,
      async save(writes) {
        if (saveMs > 0) await new Promise<void>((resolve) => clock.setTimer(resolve, saveMs))
        return shelf.save(writes)
      },
    }
    const draining = await createTestNode({ clock, store })
    const other = await createTestNode({ clock, store: shelf })
    await draining.connect('bob')
    const tab = await other.connect('ada', { instance: 'page' })
    // It is asked whether its page still answers, and says nothing.
    other.stall()
    saveMs = slowMs
    const opening = draining.connect('ada', { instance: 'copy', resume: tab.resumeToken })
    const refused = expect(opening).rejects.toMatchObject({ code: 'unavailable' })
    await clock.advance(500)
    const stopping = draining.presence.stop()
    await clock.advance(5000)
    await Promise.all([stopping, refused])
    const [record] = await shelf.load(['ada'])
    expect(record?.connections.map(({ id }) => id)).toEqual([tab.connectionId])
    other.resume()
    await other[Symbol.asyncDispose]()
  })

  it('loses nobody who reconnects elsewhere meanwhile', async () => {
    const node = await createTestNode()
    const other = await createTestNode({ clock: node.clock, store: node.store })
    const seen: string[] = []
    other.presence.on('change', ({ to }) => seen.push(to.status))
    const tab = await node.connect('ada', { instance: 'page-1' })
    await node[Symbol.asyncDispose]()
    await node.clock.advance(5000)
    const back = await other.connect('ada', { instance: 'page-1', resume: tab.resumeToken })
    expect(back.resumed).toBe(true)
    await node.clock.advance(120_000)
    expect(seen).toEqual([])
    await other[Symbol.asyncDispose]()
  })

  it('leaves no timer behind', async () => {
    const node = await createTestNode()
    await node.connect('ada')
    await node.watch('space:default')
    await node[Symbol.asyncDispose]()
    await node.clock.advance(1000)
    expect(node.clock.pending).toBe(0)
  })
})
