import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceStore } from '../../src/index.ts'
import { createTestCluster, createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

const NODE_ANSWERS_WITHIN_MS = 1000

describe('a page that presents a resume token', () => {
  it('takes the place of its own earlier connection, whether that still answers or not', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada', { instance: 'page' })
    const again = await two.connect('ada', { instance: 'page', resume: old.resumeToken })
    expect(again.resumed).toBe(true)
    await cluster.advance(20)
    expect(old.ends).toEqual(['replaced'])
  })

  it('and is a copy of one that still answers opens anew, on the same node and on another', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada', { instance: 'page' })
    const copies = [
      await one.connect('ada', { instance: 'copy', resume: old.resumeToken }),
      await two.connect('ada', { instance: 'copy 2', resume: old.resumeToken }),
    ]
    expect(copies.map(({ resumed }) => resumed)).toEqual([false, false])
    await cluster.advance(20)
    expect(old.ends).toEqual([])
    expect((await two.presence.get('ada', { as: 'self' })).connections).toHaveLength(3)
  })

  it('and is a copy opens anew also where nobody has heard yet of the page that answers', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const store = faultyStore(shelf)
    const behind = await createTestNode({ clock, store })
    const other = await createTestNode({ clock, store: shelf })
    await behind.connect('ada', { instance: 'first' })
    store.deaf = true
    const tab = await other.connect('ada', { instance: 'second' })
    const copy = await behind.connect('ada', { instance: 'copy', resume: tab.resumeToken })
    expect([copy.resumed, tab.ends]).toEqual([false, []])
    for (const node of [behind, other]) await node[Symbol.asyncDispose]()
  })

  it('after the old page fell silent resumes, on the same node and on another', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const first = await one.connect('ada', { answers: false })
    const here = await one.connect('ada', { resume: first.resumeToken, answers: false })
    const there = await two.connect('ada', { resume: here.resumeToken })
    expect([here.resumed, there.resumed]).toEqual([true, true])
    expect((await two.presence.get('ada', { as: 'self' })).connections).toHaveLength(1)
  })

  it('waits for a node that says nothing no longer than a second', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada')
    one.stall()
    let resumed: boolean | null = null
    const opening = two.connect('ada', { resume: old.resumeToken }).then((tab) => {
      resumed = tab.resumed
    })
    await cluster.advance(NODE_ANSWERS_WITHIN_MS - 1)
    expect(resumed).toBeNull()
    await cluster.advance(1)
    await opening
    expect(resumed).toBe(true)
  })

  it('resumes when the old node knows nothing of the connection any more', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada')
    // Its store was away when it left: the record has it still.
    one.storeAway(true)
    old.leave().catch(() => {})
    one.crash()
    const opening = two.connect('ada', { resume: old.resumeToken })
    await cluster.advance(NODE_ANSWERS_WITHIN_MS)
    expect((await opening).resumed).toBe(true)
  })

  it('of a lost connection resumes without asking anybody', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada')
    old.lost()
    await cluster.advance(10)
    one.stall()
    expect((await two.connect('ada', { resume: old.resumeToken })).resumed).toBe(true)
  })

  it('late does not take the place of the connection its page came in by since', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const page = { instance: 'page' }
    const old = await one.connect('ada', page)
    const late = expect(two.connect('ada', { ...page, resume: old.resumeToken })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
    two.stall()
    await cluster.advance(5000)
    const current = await one.connect('ada', { ...page, resume: old.resumeToken })
    two.resume()
    await cluster.advance(20)
    await late
    expect(current.ends).toEqual([])
    expect((await two.presence.get('ada', { as: 'self' })).connections).toHaveLength(1)
  })

  it('that nobody knows opens anew, with a token of its own', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const tab = await node.connect('ada', { resume: 'made-up' })
    expect(tab.resumed).toBe(false)
    expect(tab.resumeToken).not.toBe('made-up')
  })

  it('of a page whose probe fails resumes', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [{ presence }] = cluster.nodes
    const open = (connectionId: string, instance: string, resume: string | null) => {
      const viewer = presence.viewerOf({ userId: 'ada' }, connectionId)
      return presence.open({
        viewer,
        connectionId,
        spaces: [],
        instance,
        resume,
        invisible: null,
        listener: {
          onSelf() {},
          onEnded() {},
          probe: () => Promise.reject(new Error('no such socket')),
          describe: () => ({ viewer, spaces: [] }),
        },
      })
    }
    const { resumeToken } = await open('old', 'page', null)
    expect((await open('new', 'page 2', resumeToken)).resumed).toBe(true)
  })

  it('resumes when the other node cannot be asked', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const mute: PresenceStore = {
      ...shelf,
      async subscribe(listener) {
        return { ...(await shelf.subscribe(listener)), publish: () => Promise.reject(new Error('connection reset')) }
      },
    }
    const one = await createTestNode({ clock, store: shelf })
    const two = await createTestNode({ clock, store: mute })
    const old = await one.connect('ada')
    expect((await two.connect('ada', { resume: old.resumeToken })).resumed).toBe(true)
    await two[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
  })

  it('is not fooled by answers to questions nobody asked', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    const node = await createTestNode({ clock, store })
    const ear = await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })
    const topic = `node:${node.presence.nodeId}` as const
    for (const signal of [{ type: 'probed', id: 'nobody asked', answers: true }, null, 'noise', { type: 'other' }]) {
      await ear.publish({ topic, signal })
    }
    await clock.settle()
    expect(node.errors).toEqual([])
    await node[Symbol.asyncDispose]()
  })
})
