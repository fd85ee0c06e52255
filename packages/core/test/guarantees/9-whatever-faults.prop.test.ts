import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster, type TestNode } from '../../src/testing.ts'

const node = fc.nat(2)
const userId = fc.constantFrom('ada', 'bob')
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('say' as const), node, userId, text: fc.constantFrom('a', 'b', 'c') }),
  },
  fc.record({ type: fc.constantFrom('cut off' as const, 'stand still' as const), node, on: fc.boolean() }),
  fc.record({ type: fc.constant('store away' as const), on: fc.boolean() }),
  fc.record({ type: fc.constant('crash' as const) }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 500, 9000, 45_000) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A status message that somebody set. */
interface Said {
  readonly userId: string
  readonly text: string
  readonly at: number
  isAcknowledged: boolean
}

async function take(cluster: TestCluster, said: Said[], what: Step): Promise<void> {
  const at = 'node' in what ? (cluster.nodes[what.node] as TestNode) : null
  switch (what.type) {
    case 'say': {
      if (at?.state === 'crashed') return
      const words: Said = { userId: what.userId, text: what.text, at: cluster.clock.now(), isAcknowledged: false }
      said.push(words)
      at?.presence.setMessage(what.userId, { text: what.text }).then(
        () => {
          words.isAcknowledged = true
        },
        () => {},
      )
      return cluster.clock.settle()
    }
    case 'cut off':
      return at?.storeAway(what.on)
    case 'stand still':
      return what.on ? at?.stall() : at?.resume()
    case 'store away':
      return cluster.store.away(what.on)
    case 'crash':
      return cluster.nodes[2]?.crash()
    case 'pass':
      return cluster.advance(what.ms)
  }
}

describe('guarantee 9: whatever faults came and went, nothing acknowledged is lost while the store lives', () => {
  it('of all that was said, the last word that was acknowledged stands, or a later one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        await using cluster = await createTestCluster({ nodes: 3 })
        await cluster.nodes[0].connect('ada')
        const said: Said[] = []
        for (const each of steps) await take(cluster, said, each)
        cluster.store.away(false)
        for (const healed of cluster.nodes) {
          healed.storeAway(false)
          healed.resume()
        }
        await cluster.advance('1m')
        for (const user of ['ada', 'bob']) {
          const mine = said.filter((words) => words.userId === user)
          const acknowledged = mine.filter(({ isAcknowledged }) => isAcknowledged).map(({ at }) => at)
          if (acknowledged.length === 0) continue
          const from = Math.max(...acknowledged)
          const mayStand = mine.filter(({ at }) => at >= from).map(({ text }) => text)
          const { message } = await cluster.nodes[1].presence.get(user)
          expect(mayStand).toContain(message?.text)
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})
