import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interceptedStore } from '../../src/testing/intercepted-store.ts'
import { startNode } from '../../src/testing/test-node.ts'
import {
  createTestCluster,
  type TestCluster,
  type TestConnection,
  type TestNode,
  type TestWatcher,
} from '../../src/testing.ts'
import { toldOf } from './told.ts'

const RECONCILE_MS = 30_000

/** What a watcher shows, in an order of its own. */
const shownBy = ({ users }: TestWatcher) =>
  [...users.values()].sort((one, other) => (one.userId < other.userId ? -1 : 1))

const sequencesOf = (watcher: TestWatcher) =>
  watcher.messages.flatMap((message) =>
    message.type === 'diff' || message.type === 'counts' ? [message.sequence] : [],
  )

const nodeIndex = fc.nat(2)
const userId = fc.constantFrom('ada', 'bob', 'cyd')
const step = fc.oneof(
  fc.record({ type: fc.constant('connect' as const), userId, node: nodeIndex }),
  fc.record({ type: fc.constant('leave' as const), tab: fc.nat(20) }),
  fc.record({ type: fc.constant('lost' as const), tab: fc.nat(20) }),
  fc.record({ type: fc.constant('exit' as const), tab: fc.nat(20) }),
  fc.record({ type: fc.constant('enter' as const), tab: fc.nat(20), page: fc.nat(3) }),
  fc.record({
    type: fc.constant('claim' as const),
    userId,
    node: nodeIndex,
    status: fc.constantFrom('busy' as const, 'dnd' as const, 'invisible' as const, null),
  }),
  fc.record({
    type: fc.constantFrom('touch' as const, 'sign-out' as const, 'forget' as const),
    userId,
    node: nodeIndex,
  }),
  fc.record({ type: fc.constant('message' as const), userId, node: nodeIndex, text: fc.constantFrom('a', 'b') }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 5, 1000, 20_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does one step, without waiting for what it was meant to do. */
async function take(
  nodes: readonly TestNode[],
  tabs: TestConnection[],
  what: Step,
  pass: (ms: number) => Promise<void>,
) {
  const tab = 'tab' in what ? tabs[what.tab % Math.max(1, tabs.length)] : undefined
  const presence = 'node' in what ? (nodes[what.node % nodes.length] as TestNode).presence : undefined
  const forget = () => {}
  switch (what.type) {
    case 'connect':
      // Not awaited: a store that is away answers later.
      void (nodes[what.node % nodes.length] as TestNode)
        .connect(what.userId)
        .then((opened) => tabs.push(opened), forget)
      return
    case 'leave':
      return void tab?.leave().catch(forget)
    case 'lost':
      return tab?.lost()
    case 'exit':
      return void tab?.exit('default').catch(forget)
    case 'enter':
      return void tab?.enter('default', { page: what.page }).catch(forget)
    case 'claim':
      return void (
        what.status === null
          ? presence?.clear(what.userId)
          : presence?.claim(what.userId, { source: 'manual', status: what.status })
      )?.catch(forget)
    case 'message':
      return void presence?.setMessage(what.userId, { text: what.text }).catch(forget)
    case 'touch':
      return void presence?.touch({ userId: what.userId }).catch(forget)
    case 'sign-out':
      return void presence?.signOut(what.userId).catch(forget)
    case 'forget':
      return void presence?.forget(what.userId).catch(forget)
    case 'pass':
      return pass(what.ms)
  }
}

describe('guarantee 3: each visible change is published, in order', () => {
  it('as it was saved, at whichever node', async () => {
    await using cluster = await createTestCluster({ nodes: 3 })
    const [one, two, three] = cluster.nodes
    const watcher = await three.watch('user:ada')
    const tab = await one.connect('ada')
    const published: string[] = []
    for (const node of cluster.nodes) node.presence.on('change', ({ to }) => published.push(to.status))
    for (const [node, status] of [
      [one, 'busy'],
      [two, 'dnd'],
      [three, 'away'],
      [one, 'online'],
      [two, 'busy'],
    ] as const) {
      await node.presence.claim('ada', { source: 'manual', status })
      await cluster.advance(20)
    }
    await tab.leave()
    await cluster.advance(20)
    expect(published).toEqual(['busy', 'dnd', 'away', 'online', 'busy', 'offline'])
    expect(toldOf(watcher, 'ada')).toEqual(['online', ...published])
  })

  it('with no gap and no repetition in the sequence of a topic', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    const watcher = await two.watch('space:default')
    for (let i = 0; i < 20; i++) {
      await one.connect(`user-${i}`)
      await cluster.advance(i)
    }
    const sequences = sequencesOf(watcher)
    expect(new Set(sequences.map(({ generation }) => generation)).size).toBe(1)
    expect(sequences.map(({ n }) => n)).toEqual(sequences.map((_, i) => (sequences[0]?.n ?? 0) + i))
  })
})

describe('guarantee 3: a watcher folds snapshot and diffs into exactly what a fresh snapshot would show', () => {
  it('whatever happened, on every node, for others and for admins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await using cluster = await createTestCluster({ nodes: 3 })
        const tabs: TestConnection[] = []
        const watchers: { readonly watcher: TestWatcher; again(): Promise<TestWatcher> }[] = []
        for (const node of cluster.nodes) {
          for (const topic of ['space:default', 'user:ada', 'count:default'] as const) {
            for (const audience of ['others', 'admin'] as const) {
              const again = () => node.watch(topic, audience)
              watchers.push({ watcher: await again(), again })
            }
          }
        }
        for (const each of steps) await take(cluster.nodes, tabs, each, cluster.advance)
        await cluster.advance(100)
        for (const { watcher, again } of watchers) {
          const fresh = await again()
          expect(shownBy(watcher)).toEqual(shownBy(fresh))
          expect(watcher.counts).toEqual(fresh.counts)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('guarantee 3: after any fault heals, all watchers agree within the reconciliation interval', () => {
  /** Watchers on all nodes and one that comes now show the same; what changes at this very instant is on its way. */
  const expectAgreement = async (watchers: readonly TestWatcher[], node: TestNode, cluster: TestCluster) => {
    for (let tries = 1; ; tries++) {
      const fresh = shownBy(await node.watch('space:default'))
      try {
        for (const watcher of watchers) expect(shownBy(watcher)).toEqual(fresh)
        return
      } catch (error) {
        if (tries === 3) throw error
        await cluster.advance(20)
      }
    }
  }

  it('after a node was cut off, stood still, or the store was away', async () => {
    const fault = fc.constantFrom('cut off', 'stands still', 'store away')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), fault, fc.nat(90_000), async (steps, what, lastsMs) => {
        await using cluster = await createTestCluster({ nodes: 3 })
        const [faulty, second, third] = cluster.nodes
        const tabs = [await faulty.connect('ada'), await second.connect('bob')]
        const watchers = await Promise.all(cluster.nodes.map((node) => node.watch('space:default')))
        if (what === 'cut off') faulty.storeAway(true)
        if (what === 'stands still') faulty.stall()
        if (what === 'store away') cluster.store.away(true)
        const healthy = what === 'store away' ? cluster.nodes : [second, third]
        for (const each of steps) await take(healthy, tabs, each, cluster.advance)
        await cluster.advance(lastsMs)
        faulty.storeAway(false)
        faulty.resume()
        cluster.store.away(false)
        await cluster.advance(RECONCILE_MS)
        await expectAgreement(watchers, third, cluster)
      }),
      { numRuns: 30 },
    )
  })

  it('after the feed of one node lost changes without a word', async () => {
    await using cluster = await createTestCluster()
    const [one, two] = cluster.nodes
    let isDeaf = false
    await using deaf = await startNode(
      {},
      cluster.clock,
      interceptedStore(cluster.store, {
        call: (make) => make(),
        deliver(handOver) {
          if (!isDeaf) handOver()
        },
      }),
    )
    const gone = await one.connect('bob')
    const watchers = [await two.watch('space:default'), await deaf.watch('space:default')]
    isDeaf = true
    await one.connect('ada')
    await gone.leave()
    await cluster.advance('1s')
    isDeaf = false
    await cluster.advance(RECONCILE_MS)
    await expectAgreement(watchers, one, cluster)
  })

  it('after a node died', async () => {
    await using cluster = await createTestCluster({ nodes: 3 })
    const [dying, two, three] = cluster.nodes
    await dying.connect('ada')
    await two.connect('bob')
    const watchers = [await two.watch('space:default'), await three.watch('space:default')]
    dying.crash()
    await cluster.advance(30_000 + 10_000 + 15_000 + 1)
    expect(watchers.map((watcher) => [...watcher.users.keys()])).toEqual([['bob'], ['bob']])
    await expectAgreement(watchers, three, cluster)
  })
})
