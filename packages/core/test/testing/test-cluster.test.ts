import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster } from '../../src/testing.ts'

const LONG = '5m'

/** Acts when the store has executed the next save, before anybody is answered. */
function onceSaved(cluster: TestCluster, act: () => void): void {
  const { save } = cluster.store
  Object.assign(cluster.store, {
    async save(...args: Parameters<typeof save>) {
      const results = await save(...args)
      Object.assign(cluster.store, { save })
      act()
      return results
    },
  })
}

describe('a test cluster', () => {
  it('shares store and time among its nodes', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const watcher = await two.watch('space:default')
    const tab = await one.connect('ada')
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('online')
    expect(await two.statusOf('ada')).toBe('online')
    tab.lost()
    await cluster.advance('15s')
    expect(watcher.status('ada')).toBe(undefined)
    expect(tab.ends).toEqual(['lapsed'])
  })

  it('starts as many nodes as asked for, and more later, each with options of its own', async () => {
    await using cluster = await createTestCluster({ nodes: 1, policy: { grace: '5s' } })
    const later = await cluster.start({ policy: { grace: '7s' } })
    expect(cluster.nodes.map(({ presence }) => presence.policy.graceMs)).toEqual([5000, 7000])
    expect(later.presence.nodeId).not.toBe(cluster.nodes[0].presence.nodeId)
  })

  it('leaves no timer behind', async () => {
    const cluster = await createTestCluster({ nodes: 3 })
    const [crashing, stalling, cutOff] = cluster.nodes
    await Promise.all(cluster.nodes.map((node) => node.connect('ada')))
    await cluster.advance('1m')
    crashing.crash()
    stalling.stall()
    cutOff.storeAway(true)
    await cluster.advance('5s')
    cluster.store.away(true)
    await cluster.advance('5s')
    await cluster[Symbol.asyncDispose]()
    expect(cluster.clock.pending).toBe(0)
    expect(cluster.nodes.map(({ state }) => state)).toEqual(['crashed', 'stopped', 'stopped'])
  })
})

describe('a connection', () => {
  it('hears its user and its end', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const tab = await one.connect('ada', { sessionId: 'login', device: 'phone' })
    await two.presence.setMessage('ada', { text: 'hello' })
    await two.presence.signOut('ada', { sessionId: 'login' })
    await cluster.advance(0)
    expect(tab.self.connections).toMatchObject([{ sessionId: 'login', device: 'phone' }])
    expect(tab.selves.map(({ message }) => message?.text)).toEqual(['hello'])
    expect(tab.ends).toEqual(['sign-out'])
  })

  it('resumes on another node where the old one stood', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const old = await one.connect('ada', { instance: 'page', spaces: ['default', 'doc'] })
    await old.enter('doc', { page: 2 })
    old.lost()
    await cluster.advance('1s')
    const tab = await two.connect('ada', { instance: 'page', resume: old.resumeToken })
    expect(tab.resumed).toBe(true)
    expect(tab.self.connections).toMatchObject([
      { spaces: [{ space: 'default' }, { space: 'doc', state: { page: 2 } }] },
    ])
    await cluster.advance(0)
    expect(old.ends).toEqual(['replaced'])
  })

  it('resumes from another page once the old one does not answer, and not before', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const old = await node.connect('ada')
    expect((await node.connect('ada', { resume: old.resumeToken })).resumed).toBe(false)
    old.lost()
    await cluster.advance('1s')
    expect((await node.connect('ada', { resume: old.resumeToken })).resumed).toBe(true)
    expect((await node.connect('ada', { instance: null })).resumeToken).toBe(null)
  })
})

describe('a watcher', () => {
  it('folds counts', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const watcher = await node.watch('count:default')
    await node.connect('ada')
    expect(watcher.counts).toMatchObject({ present: 1, online: 1 })
  })

  it('follows a space that grows too large for a list, and back', async () => {
    await using cluster = await createTestCluster({ nodes: 1, largeSpace: { above: 2, below: 1 } })
    const [node] = cluster.nodes
    const watcher = await node.watch('space:default')
    const tabs = await Promise.all(['ada', 'bob', 'cyd'].map((userId) => node.connect(userId)))
    await cluster.advance(50)
    expect([watcher.users.size, watcher.counts?.present]).toEqual([0, 3])
    for (const tab of tabs) await tab.leave()
    await node.connect('dan')
    await cluster.advance(50)
    expect([[...watcher.users.keys()], watcher.counts]).toEqual([['dan'], null])
  })

  it('sees as much as its audience may', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const others = await node.watch('space:default')
    const admins = await node.watch('space:default', 'admin')
    await node.connect('ada', { invisible: { forMs: null } })
    await cluster.advance(20)
    expect([others.users.size, admins.users.size]).toEqual([0, 1])
  })

  it('knows whether the node knows what it says, and hears nothing once closed', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const watcher = await node.watch('space:default')
    expect(watcher.freshness).toEqual({ stale: false, warming: true })
    await cluster.advance('1m')
    expect(watcher.freshness).toEqual({ stale: false, warming: false })
    watcher.close()
    await node.connect('ada')
    expect(watcher.messages).toEqual([])
  })
})

describe('a node that crashes', () => {
  it('does nothing any more, and nothing reaches it', async () => {
    await using cluster = await createTestCluster()
    const [dying, other] = cluster.nodes
    const tab = await dying.connect('ada')
    const watcher = await dying.watch('space:default')
    const changes: string[] = []
    dying.presence.on('change', ({ userId }) => changes.push(userId))
    dying.crash()
    tab.lost()
    let answered = false
    void dying.presence.get('ada').finally(() => {
      answered = true
    })
    await other.connect('bob')
    await cluster.advance(LONG)
    expect([changes, [...watcher.users.keys()], tab.ends, answered]).toEqual([[], ['ada'], [], false])
    expect(dying.state).toBe('crashed')
    expect(await other.statusOf('ada')).toBe('offline')
  })

  it('leaves in the store what the store had taken', async () => {
    await using cluster = await createTestCluster()
    const [dying, other] = cluster.nodes
    let opened = false
    onceSaved(cluster, dying.crash)
    void dying.connect('ada').then(() => {
      opened = true
    })
    await cluster.clock.settle()
    expect([await other.statusOf('ada'), opened]).toEqual(['online', false])
    await cluster.advance(LONG)
    expect(await other.statusOf('ada')).toBe('offline')
  })
})

describe('a node that stands still', () => {
  it('says and hears nothing until it goes on, and then everything', async () => {
    await using cluster = await createTestCluster()
    const [still, other] = cluster.nodes
    const tab = await still.connect('ada')
    const watcher = await still.watch('space:default')
    still.stall('5s')
    tab.lost()
    await other.connect('bob')
    await cluster.advance(4999)
    expect(still.state).toBe('stalled')
    expect([...watcher.users.keys()]).toEqual(['ada'])
    expect(await other.presence.get('ada', { as: 'self' })).toMatchObject({ connections: [{ phase: 'active' }] })
    await cluster.advance(1)
    expect(still.state).toBe('running')
    expect([...watcher.users.keys()].sort()).toEqual(['ada', 'bob'])
    // It heard of the loss when it went on, not when it happened.
    await cluster.advance(14_999)
    expect(await other.statusOf('ada')).toBe('online')
    await cluster.advance(1)
    expect(await other.statusOf('ada')).toBe('offline')
  })

  it('gets the answer to a call in flight when it goes on, though the call was executed', async () => {
    await using cluster = await createTestCluster()
    const [still, other] = cluster.nodes
    let opened = false
    onceSaved(cluster, () => still.stall())
    void still.connect('ada').then(() => {
      opened = true
    })
    await cluster.advance('1s')
    expect([await other.statusOf('ada'), opened]).toEqual(['online', false])
    still.resume()
    await cluster.advance(0)
    expect(opened).toBe(true)
  })

  it('sends what it decided before when it goes on', async () => {
    await using cluster = await createTestCluster()
    const [still, other] = cluster.nodes
    still.stall()
    const touched = still.presence.touch({ userId: 'ada' })
    await cluster.advance('2s')
    expect(await other.statusOf('ada')).toBe('offline')
    still.resume()
    await cluster.advance(0)
    await touched
    expect(await other.statusOf('ada')).toBe('online')
  })
})

describe('the store', () => {
  it('that is away refuses every call of every node, and hands over what the feed missed when it is back', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const watcher = await two.watch('space:default')
    cluster.store.away(true)
    await expect(cluster.store.load(['ada'])).rejects.toThrow('away')
    await expect(two.statusOf('ada')).rejects.toMatchObject({ code: 'unavailable' })
    cluster.store.away(false)
    await one.presence.touch({ userId: 'bob' })
    await cluster.advance('1s')
    expect(watcher.status('bob')).toBe('online')
  })

  it('that is away for one node is there for the others', async () => {
    await using cluster = await createTestCluster()
    const [cutOff, other] = cluster.nodes
    const watcher = await cutOff.watch('space:default')
    cutOff.storeAway(true)
    await other.connect('ada')
    await cluster.advance('1s')
    await expect(cutOff.statusOf('ada')).rejects.toMatchObject({ code: 'unavailable' })
    expect([await other.statusOf('ada'), watcher.users.size]).toEqual(['online', 0])
    cutOff.storeAway(false)
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('online')
  })

  it('that is wiped knows nobody, and tells its subscribers', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    await one.presence.touch({ userId: 'ada' })
    const gaps: unknown[] = []
    const listener = { onChanges() {}, onSignal() {}, onGap: (topics: unknown) => gaps.push(topics) }
    const subscription = await cluster.store.subscribe(listener)
    await cluster.store.wipe()
    expect([await two.presence.count(), gaps]).toEqual([0, [null]])
    await subscription.close()
    await cluster.store.wipe()
    expect(gaps).toEqual([null])
  })

  it('that was wiped publishes to those who subscribed before', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const [node] = cluster.nodes
    const watcher = await node.watch('space:default')
    await cluster.store.wipe()
    await node.presence.touch({ userId: 'ada' })
    await cluster.advance(20)
    expect(watcher.status('ada')).toBe('online')
  })
})
