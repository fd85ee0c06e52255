import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster, type TestConnection, type TestNode } from '../../src/testing.ts'

/** One round of reconciliation after a hold-off, during which a node may have been given up once more. */
const HEALED_MS = 30_000 + 30_000

const node = fc.nat(2)
const userId = fc.constantFrom('ada', 'bob', 'cyd')
const step = fc.oneof(
  fc.record({ type: fc.constant('connect' as const), node, userId }),
  fc.record({ type: fc.constantFrom('leave' as const, 'lost' as const), tab: fc.nat(9) }),
  fc.record({ type: fc.constantFrom('cut off' as const, 'stand still' as const), node, on: fc.boolean() }),
  fc.record({ type: fc.constant('store away' as const), on: fc.boolean() }),
  fc.record({ type: fc.constant('wipe' as const) }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 500, 9000, 21_000, 45_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A connection, and whether its page still wants it. */
interface Tab {
  readonly userId: string
  readonly connection: TestConnection
  isWanted: boolean
}

async function take(cluster: TestCluster, tabs: Tab[], what: Step): Promise<void> {
  const at = 'node' in what ? (cluster.nodes[what.node] as TestNode) : null
  const tab = 'tab' in what ? tabs[what.tab % Math.max(1, tabs.length)] : undefined
  switch (what.type) {
    case 'connect':
      at?.connect(what.userId).then(
        (connection) => tabs.push({ userId: what.userId, connection, isWanted: true }),
        () => {},
      )
      return
    case 'leave':
      tab?.connection.leave().catch(() => {})
      if (tab) tab.isWanted = false
      return
    case 'lost':
      tab?.connection.lost()
      if (tab) tab.isWanted = false
      return
    case 'cut off':
      return at?.storeAway(what.on)
    case 'stand still':
      return what.on ? at?.stall() : at?.resume()
    case 'store away':
      return cluster.store.away(what.on)
    case 'wipe':
      return cluster.store.wipe()
    case 'pass':
      return cluster.advance(what.ms)
  }
}

describe('guarantees 2, 6 and 7: whatever faults came and went, once all are healed', () => {
  it('whoever has a live connection is online, on every node, and nobody else is for long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        await using cluster = await createTestCluster({ nodes: 3, policy: { idleAfter: false, dormantAfter: false } })
        const tabs: Tab[] = []
        for (const each of steps) await take(cluster, tabs, each)
        cluster.store.away(false)
        for (const healed of cluster.nodes) {
          healed.storeAway(false)
          healed.resume()
        }
        await cluster.advance(HEALED_MS)
        const live = new Set(tabs.filter(({ isWanted }) => isWanted).map((tab) => tab.userId))
        const online = async () => {
          const seen = await Promise.all(cluster.nodes.map(({ presence }) => presence.getMany(['ada', 'bob', 'cyd'])))
          return seen.map((users) => users.filter(({ status }) => status === 'online').map((user) => user.userId))
        }
        for (const seen of await online()) expect(seen).toEqual(expect.arrayContaining([...live]))
        expect(tabs.flatMap(({ isWanted, connection }) => (isWanted ? connection.ends : []))).toEqual([])
        await cluster.advance('2m')
        expect(await online()).toEqual(cluster.nodes.map(() => [...live].sort()))
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})
