import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestNode } from '../../src/testing.ts'
import { longestPeriods } from './told.ts'

const USERS = 300

const userIds = Array.from({ length: USERS }, (_, i) => `user-${i}`)

/** Everything that any node said changed: what others see, and what admins see. */
function changesOn(nodes: readonly TestNode[]) {
  const others: string[] = []
  const admins: string[] = []
  for (const node of nodes) {
    node.presence.on('change', ({ userId, to, cause }) => others.push(`${userId} ${to.status} ${cause}`))
    node.presence.on('change:admin', ({ userId, epoch, version }) => admins.push(`${userId} ${epoch} ${version}`))
  }
  return { others, admins }
}

describe('guarantee 5: two sweepers at once have the effect of one', () => {
  it('on a dead node', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 3 })
    const [dying, one, two] = cluster.nodes
    await Promise.all(userIds.map((userId) => dying.connect(userId)))
    const { others, admins } = changesOn([one, two])
    const before = await cluster.store.load(userIds)
    dying.crash()
    await cluster.advance(29_999)
    // Both periods end at the instant at which the lease does.
    await Promise.all([cluster.advance(1), one.presence.sweep(), two.presence.sweep()])
    await cluster.advance(10_000)
    const lost = await cluster.store.load(userIds)
    expect(await one.presence.count()).toBe(USERS)
    expect(lost.map((record, i) => (record?.version ?? 0) - (before[i]?.version ?? 0))).toEqual(userIds.map(() => 1))
    await Promise.all([one.presence.sweep(), two.presence.sweep(), cluster.advance(15_000)])
    expect(await one.presence.count()).toBe(0)
    expect(others.sort()).toEqual(userIds.map((userId) => `${userId} offline node-lost`).sort())
    expect(new Set(admins).size).toBe(admins.length)
  })

  it('on leases that ran out', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 3 })
    const [served, one, two] = cluster.nodes
    await Promise.all(userIds.map((userId) => served.presence.touch({ userId })))
    served.crash()
    const { others } = changesOn([one, two])
    const before = await cluster.store.load(userIds)
    await cluster.advance(89_999)
    await Promise.all([cluster.advance(1), one.presence.sweep(), two.presence.sweep()])
    await cluster.advance(10_000)
    const after = await cluster.store.load(userIds)
    expect(others.sort()).toEqual(userIds.map((userId) => `${userId} offline lease-expired`).sort())
    expect(after.map((record, i) => (record?.version ?? 0) - (before[i]?.version ?? 0))).toEqual(userIds.map(() => 1))
  })

  it('one of which dies between two batches', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 1, sweepRate: 100 })
    const [dying] = cluster.nodes
    await Promise.all(userIds.map((userId) => dying.connect(userId)))
    const one = await cluster.start()
    const { others: before } = changesOn([one])
    dying.crash()
    await cluster.advance(30_500)
    one.crash()
    const two = await cluster.start()
    const { others: after } = changesOn([two])
    await cluster.advance('2m')
    expect(await two.presence.count()).toBe(0)
    expect([...before, ...after].sort()).toEqual(userIds.map((userId) => `${userId} offline node-lost`).sort())
  })

  it('one of which stands still between two batches, until the other is done and everybody is back', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 1, sweepRate: 100 })
    const [dying] = cluster.nodes
    await Promise.all(userIds.map((userId) => dying.connect(userId)))
    const one = await cluster.start()
    const two = await cluster.start()
    dying.crash()
    await cluster.advance(30_500)
    one.stall()
    await cluster.advance('2m')
    expect(await two.presence.count()).toBe(0)
    await Promise.all(userIds.map((userId) => two.connect(userId)))
    one.resume()
    await cluster.advance('2m')
    expect(await two.presence.count()).toBe(USERS)
  })

  it('and leave nothing of the dead node in the store', async () => {
    await using cluster = await createTestCluster({ nodes: 3 })
    const [dying, one, two] = cluster.nodes
    await dying.connect('ada')
    dying.crash()
    await cluster.advance('1m')
    await Promise.all([one.presence.sweep(), two.presence.sweep()])
    expect(await cluster.store.usersOf(dying.presence.nodeId, null, 10)).toEqual({ items: [], next: null })
    expect((await cluster.store.deadNodes(one.presence.now(), null, 10)).items).toEqual([])
  })
})
