import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster, type TestConnection, type TestNode } from '../../src/testing.ts'
import { openPage } from './page.ts'
import { longestPeriods, toldOf } from './told.ts'

const SWEEP_MS = 10_000
const NODE_LEASE_MS = 30_000
const GRACE_MS = 15_000

type OnTwo = {
  readonly cluster: TestCluster
  readonly holder: TestNode
  readonly tab: TestConnection
  /** What a watcher on the other node shows. */
  shown(): string | undefined
  since(): number | undefined
  readonly connectedAt: number
}

/** Ada is connected to one node and watched on another. */
async function connected(run: (on: OnTwo) => Promise<void>): Promise<void> {
  await using cluster = await createTestCluster()
  const [holder, other] = cluster.nodes
  const tab = await holder.connect('ada')
  const watcher = await other.watch('user:ada')
  await run({
    cluster,
    holder,
    tab,
    shown: () => watcher.status('ada'),
    since: () => watcher.user('ada')?.statusSince,
    connectedAt: holder.presence.now(),
  })
}

describe('guarantee 1: offline is published no sooner than the deadline of that end, and no later than one save after it', () => {
  it.each([
    ['leave', ({ tab }: OnTwo) => tab.leave()],
    ['sign-out', ({ holder }: OnTwo) => holder.presence.signOut('ada')],
    ['sign-out on another node', ({ cluster }: OnTwo) => (cluster.nodes[1] as TestNode).presence.signOut('ada')],
    ['kick', ({ holder }: OnTwo) => holder.presence.kick('ada')],
  ])('%s: at once', (_end, act) =>
    connected(async (on) => {
      await on.cluster.advance(1000)
      expect(on.shown()).toBe('online')
      await act(on)
      await on.cluster.advance(0)
      expect([on.shown(), on.since()]).toEqual(['offline', on.connectedAt + 1000])
    }),
  )

  it.each([
    ['hint', 10_000, ({ tab }: OnTwo) => tab.hint()],
    ['transport lost', GRACE_MS, ({ tab }: OnTwo) => tab.lost()],
  ])('%s: at its grace', (_end, graceMs, act) =>
    connected(async (on) => {
      act(on)
      await on.cluster.advance(graceMs - 1)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1)
      expect([on.shown(), on.since()]).toEqual(['offline', on.connectedAt + graceMs])
    }),
  )

  it('transport lost after a hint: at the first of the two deadlines', () =>
    connected(async (on) => {
      on.tab.hint()
      await on.cluster.advance(5000)
      on.tab.lost()
      await on.cluster.advance(4999)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1)
      expect(on.shown()).toBe('offline')
    }))

  it('of two connections, the last one decides', () =>
    connected(async (on) => {
      const second = await on.holder.connect('ada')
      await on.tab.leave()
      second.lost()
      await on.cluster.advance(GRACE_MS - 1)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1)
      expect(on.shown()).toBe('offline')
    }))

  it('a silent transport: noticed within ping interval and answer deadline, then the grace', async () => {
    await using cluster = await createTestCluster()
    const [holder, other] = cluster.nodes
    const page = await openPage(holder, 'ada')
    const watcher = await other.watch('user:ada')
    await cluster.advance(20_000)
    // It has just answered: the next ping is as far away as it can be.
    page.fallSilent()
    await cluster.advance(20_000 + 20_000 - 1)
    expect(page.closes).toEqual([])
    await cluster.advance(1)
    expect(page.closes).toEqual(['silent'])
    await cluster.advance(GRACE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1)
    expect(watcher.status('ada')).toBe('offline')
  })
})

describe('guarantee 1: leased or drained, one sweep interval more', () => {
  it('a drained connection: between its grace and a sweep later, with the grace as its stamp', () =>
    connected(async (on) => {
      await on.cluster.advance(3000)
      await on.holder.stop()
      expect(on.tab.ends).toEqual(['draining'])
      await on.cluster.advance(60_000 - 1)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1 + SWEEP_MS)
      expect([on.shown(), on.since()]).toEqual(['offline', on.connectedAt + 63_000])
    }))

  it('a lost connection whose node then drains keeps its first deadline', () =>
    connected(async (on) => {
      on.tab.lost()
      await on.cluster.advance(1000)
      await on.holder.stop()
      await on.cluster.advance(GRACE_MS - 1001)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1 + SWEEP_MS)
      expect([on.shown(), on.since()]).toEqual(['offline', on.connectedAt + GRACE_MS])
    }))

  it('a lost connection whose node then dies keeps its first deadline', () =>
    connected(async (on) => {
      on.tab.lost()
      await on.cluster.advance(1000)
      on.holder.crash()
      await on.cluster.advance(GRACE_MS - 1001)
      expect(on.shown()).toBe('online')
      await on.cluster.advance(1 + SWEEP_MS)
      expect([on.shown(), on.since()]).toEqual(['offline', on.connectedAt + GRACE_MS])
    }))

  it.each([
    ['lives on', () => {}],
    ['stops', (node: TestNode) => node.stop()],
    ['dies', (node: TestNode) => node.crash()],
  ])('a leased connection whose node %s: between its lease and a sweep later', async (_what, act) => {
    await using cluster = await createTestCluster()
    const [served, other] = cluster.nodes
    await served.presence.touch({ userId: 'ada' })
    const touchedAt = served.presence.now()
    const watcher = await other.watch('user:ada')
    await cluster.advance(1000)
    await act(served)
    await cluster.advance(89_000 - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1 + SWEEP_MS)
    expect(watcher.user('ada')).toMatchObject({ status: 'offline', statusSince: touchedAt + 90_000 })
  })
})

describe('guarantee 1: after the death of a node, between grace and node lease + sweep + grace + affected users / sweepRate', () => {
  // How long after the holder's start the sweeper starts, and after its last renewal the holder dies.
  const phases = [0, 1, 2500, 5000, 7500, 9999].flatMap((shiftMs) =>
    [0, 1, 5000, 9999].map((diesAfterMs) => ({ shiftMs, diesAfterMs })),
  )
  it.each(phases)('a sweeper $shiftMs ms out of step, a death $diesAfterMs ms after a renewal', async (phase) => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 1 })
    const [dying] = cluster.nodes
    await cluster.advance(phase.shiftMs)
    const sweeper = await cluster.start()
    const watcher = await sweeper.watch('user:ada')
    await dying.connect('ada')
    await cluster.advance(20_000 - phase.shiftMs + phase.diesAfterMs)
    dying.crash()
    await cluster.advance(GRACE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(1 + NODE_LEASE_MS + SWEEP_MS + 1)
    expect(watcher.status('ada')).toBe('offline')
    expect(toldOf(watcher, 'ada')).toEqual(['online', 'offline'])
  })

  it('is as late as that when the lease runs out just after a sweep', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 1 })
    const [dying] = cluster.nodes
    await dying.connect('ada')
    await cluster.advance(9999)
    const sweeper = await cluster.start()
    const watcher = await sweeper.watch('user:ada')
    await cluster.advance(10_001)
    dying.crash()
    // Its lease lasts for 30 s more; a sweep is 1 ms too early, the next one 10 s later.
    await cluster.advance(NODE_LEASE_MS + SWEEP_MS - 1 + GRACE_MS - 1)
    expect(watcher.status('ada')).toBe('online')
    await cluster.advance(2)
    expect(watcher.user('ada')).toMatchObject({ status: 'offline' })
  })

  it('many users, in batches at the sweep rate, each changing once', async () => {
    await using cluster = await createTestCluster({ ...longestPeriods, nodes: 1, sweepRate: 100 })
    const [dying] = cluster.nodes
    const userIds = Array.from({ length: 1000 }, (_, i) => `user-${i}`)
    await Promise.all(userIds.map((userId) => dying.connect(userId)))
    await cluster.advance(9999)
    const sweeper = await cluster.start()
    const changes: string[] = []
    sweeper.presence.on('change', ({ userId, to }) => changes.push(`${userId} ${to.status}`))
    await cluster.advance(10_001)
    dying.crash()
    await cluster.advance(GRACE_MS - 1)
    expect(await sweeper.presence.count()).toBe(1000)
    await cluster.advance(1 + NODE_LEASE_MS + SWEEP_MS)
    // One batch is given up at the sweep itself.
    expect(await sweeper.presence.count()).toBeGreaterThanOrEqual(1000 - 256)
    await cluster.advance(10_000)
    expect(await sweeper.presence.count()).toBe(0)
    expect(changes.sort()).toEqual(userIds.map((userId) => `${userId} offline`).sort())
  })
})
