import { describe, expect, it } from 'vitest'
import { createPresence, type LeaseRequest, memoryStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

/** Two nodes on one store. */
async function twoNodes() {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const one = await createTestNode({ clock, store })
  const two = await createTestNode({ clock, store })
  const request = (connectionId: string, rest: Partial<LeaseRequest> = {}): LeaseRequest => ({
    viewer: one.presence.viewerOf({ userId: 'ada', sessionId: 's' }, connectionId),
    connectionId,
    spaces: [{ space: 'default', state: null }],
    instance: `page of ${connectionId}`,
    resume: null,
    invisible: null,
    nextInMs: 15_000,
    ...rest,
  })
  const statusOf = async (userId = 'ada') => (await one.presence.get(userId)).status
  return { clock, store, one: one.presence, two: two.presence, request, statusOf }
}

describe('a leased connection', () => {
  it('BR-18: opened at one node lives by beats at another, until it has none', async () => {
    const { clock, one, two, request, statusOf } = await twoNodes()
    await one.lease(request('c1'))
    for (let i = 0; i < 10; i++) {
      await clock.advance(15_000)
      expect(await two.leased('ada', 'c1').beat(15_000)).toMatchObject({ ended: null, self: { status: 'online' } })
    }
    expect(await statusOf()).toBe('online')
    await clock.advance(89_000)
    expect(await statusOf()).toBe('online')
    await clock.advance(30_000)
    expect(await statusOf()).toBe('offline')
    expect(await two.leased('ada', 'c1').beat(15_000)).toMatchObject({ ended: 'lapsed' })
  })

  it('is saved at most once per third of its lease while nobody can see a difference', async () => {
    const { clock, store, one, request } = await twoNodes()
    await one.lease(request('c1'))
    store.saves.length = 0
    for (let i = 0; i < 60; i++) {
      await clock.advance(15_000)
      await one.leased('ada', 'c1').beat(15_000, i % 2 === 0)
    }
    expect(store.saves.flat().length).toBeLessThanOrEqual((60 * 15) / 30)
    expect(store.saves.flat().length).toBeGreaterThan(5)
  })

  it('BR-18: that was declared to beat each minute lives on over one lost beat', async () => {
    const { clock, one, request, statusOf } = await twoNodes()
    await one.lease(request('c1', { nextInMs: 60_000 }))
    for (let i = 0; i < 4; i++) {
      await clock.advance(120_000)
      expect(await statusOf()).toBe('online')
      await one.leased('ada', 'c1').beat(60_000, true)
    }
  })

  it('whose page went is not brought back by a beat that its last word overtook, and can be resumed', async () => {
    const { clock, one, two, request, statusOf } = await twoNodes()
    const { connection, resumeToken } = await one.lease(request('c1'))
    await clock.advance(1000)
    expect(await connection.hint()).toBe(true)
    await clock.advance(1)
    expect(await two.leased('ada', 'c1').beat(15_000, true)).toMatchObject({ ended: 'lapsed' })
    expect((await two.lease(request('c2', { resume: resumeToken }))).resumed).toBe(true)
    expect(await two.leased('ada', 'c2').hint()).toBe(true)
    await clock.advance(21_000)
    expect(await statusOf()).toBe('offline')
  })

  it('says why it is there no more', async () => {
    const { one, two, request } = await twoNodes()
    for (const id of ['left', 'kicked', 'signed-out']) await one.lease(request(id))
    await one.leased('ada', 'left').leave()
    await one.kick('ada', { connectionIds: ['kicked'] })
    await one.signOut('ada', { sessionId: 's' })
    const why = async (id: string) => (await two.leased('ada', id).look()).ended
    expect(await why('left')).toBe('sign-out')
    expect(await why('kicked')).toBe('kicked')
    expect(await why('signed-out')).toBe('sign-out')
    expect(await why('never')).toBe('lapsed')
    // A store that lost everything has said nothing about it.
    expect((await two.leased('nobody', 'c1').look()).ended).toBe('lapsed')
  })

  it('is none of another user, whoever names it', async () => {
    const { one, two, request, statusOf } = await twoNodes()
    const { leaveToken } = await one.lease(request('c1'))
    const foreign = two.leased('eve', 'c1')
    expect(await foreign.beat(15_000)).toMatchObject({ ended: expect.any(String) })
    expect(await foreign.hint(leaveToken)).toBe(false)
    await foreign.leave()
    expect(await statusOf()).toBe('online')
    expect((await one.get('ada', { as: 'admin' })).connections).toHaveLength(1)
  })

  it('refuses a next beat that is too far away, and one that is none', async () => {
    const { one, request } = await twoNodes()
    for (const nextInMs of [0, -1, Number.NaN, 600_001]) {
      await expect(one.lease(request('c1', { nextInMs }))).rejects.toMatchObject({
        code: 'limit-exceeded',
        details: { limit: 600_000 },
      })
    }
  })

  it('is opened, and lives, at a process that was never started', async () => {
    const { clock, store, request, statusOf } = await twoNodes()
    const script = createPresence({ store, clock })
    await script.lease(request('c1'))
    expect(await statusOf()).toBe('online')
    expect(await script.leased('ada', 'c1').beat(15_000)).toMatchObject({ ended: null })
    await script.stop()
  })
})

describe('a leave token', () => {
  it('BR-25: says at any node that the page goes, once', async () => {
    const { clock, one, two, request, statusOf } = await twoNodes()
    const { leaveToken } = await one.lease(request('c1'))
    expect(await two.leased('ada', 'c1').hint(leaveToken)).toBe(true)
    expect(await one.leased('ada', 'c1').hint(leaveToken)).toBe(false)
    await clock.advance(21_000)
    expect(await statusOf()).toBe('offline')
  })

  it('BR-25: of another connection, forged, or of one that moved on, changes nothing', async () => {
    const { one, two, request } = await twoNodes()
    const first = await one.lease(request('c1'))
    const other = await one.lease(request('c2'))
    const hints = (id: string, token: string) => two.leased('ada', id).hint(token)
    expect(await hints('c1', other.leaveToken)).toBe(false)
    expect(await hints('c1', 'forged')).toBe(false)
    // Neither does what is to bring the page back.
    expect(await hints('c1', first.resumeToken)).toBe(false)
    await two.leased('ada', 'c1').hint()
    // Used, it is worth nothing: not even once its page has spoken again.
    await two.leased('ada', 'c1').beat(15_000)
    expect(await hints('c1', first.leaveToken)).toBe(false)
    await one.lease(request('c3', { instance: 'page of c1', resume: first.resumeToken }))
    expect(await hints('c3', first.leaveToken)).toBe(false)
    expect(await hints('c1', first.leaveToken)).toBe(false)
    const { connections } = await one.get('ada', { as: 'admin' })
    expect(connections.map(({ connectionId, phase }) => [connectionId, phase])).toEqual([
      ['c3', 'active'],
      ['c2', 'active'],
    ])
  })
})

describe('a page that comes back with its resume token', () => {
  it('takes the place of the connection that said it goes', async () => {
    const { one, two, request } = await twoNodes()
    const before = await one.lease(request('c1'))
    await before.connection.hint()
    const after = await two.lease(request('c2', { resume: before.resumeToken }))
    expect(after).toMatchObject({ resumed: true, self: { connections: [{ connectionId: 'c2' }] } })
    expect(await one.leased('ada', 'c1').look()).toMatchObject({ ended: 'replaced' })
  })

  it.each(['forged', 'foreign', 'replayed', 'expired'] as const)(
    'with a %s one is welcomed as another page',
    async (how) => {
      const { clock, one, two, request, statusOf } = await twoNodes()
      const first = await one.lease(request('c1'))
      const eve = one.viewerOf({ userId: 'eve' }, 'e1')
      let resume = first.resumeToken
      if (how === 'forged') resume = `${resume}x`
      if (how !== 'foreign') await first.connection.hint()
      if (how === 'replayed') await one.lease(request('c2', { resume }))
      if (how === 'expired') await clock.advance(30_000)
      const before = await statusOf()
      const viewer = how === 'foreign' ? { viewer: eve } : {}
      const again = await two.lease(request('c9', { ...viewer, resume, instance: 'another page' }))
      expect(again).toMatchObject({ resumed: false, self: { userId: how === 'foreign' ? 'eve' : 'ada' } })
      if (how === 'foreign') expect((await one.get('ada', { as: 'admin' })).connections).toHaveLength(1)
      if (how === 'replayed') expect(again.self.connections).toHaveLength(2)
      expect(before).toBe(how === 'expired' ? 'offline' : 'online')
    },
  )

  it('of a connection that lives is another page, unless it is the very same', async () => {
    const { one, two, request } = await twoNodes()
    const { resumeToken } = await one.lease(request('c1'))
    const copy = await two.lease(request('copy', { resume: resumeToken }))
    expect(copy.resumed).toBe(false)
    const same = await two.lease(request('c2', { instance: 'page of c1', resume: resumeToken }))
    expect(same.resumed).toBe(true)
  })

  it('over a socket takes the place of its lease, and the other way round', async () => {
    const { one, two, request } = await twoNodes()
    const first = await one.lease(request('c1'))
    await first.connection.hint()
    const listener = { onSelf() {}, onEnded() {}, probe: async () => false, describe: () => ({ viewer, spaces: null }) }
    const { viewer } = request('c2')
    const held = await two.open({ ...request('c2', { resume: first.resumeToken }), listener })
    expect(held.resumed).toBe(true)
    held.connection.lost()
    const leased = await one.lease(request('c3', { resume: held.resumeToken }))
    expect(leased.resumed).toBe(true)
    expect(leased.self.connections.map(({ connectionId }) => connectionId)).toEqual(['c3'])
  })
})

describe('a heartbeat of a session', () => {
  it('brings its lease back after a hint for good, whichever node sweeps', async () => {
    const { clock, one, two, statusOf } = await twoNodes()
    const ada = { userId: 'ada', sessionId: 's' }
    await one.beat(ada)
    const [lease] = (await one.get('ada', { as: 'admin' })).connections
    await clock.advance(1000)
    expect(await one.leased('ada', lease?.connectionId as string).hint()).toBe(true)
    await clock.advance(5000)
    await two.beat(ada)
    await clock.advance(25_000)
    expect(await statusOf()).toBe('online')
  })

  it('keeps it online, from whichever node, and is no input', async () => {
    const { clock, one, two, statusOf } = await twoNodes()
    const ada = { userId: 'ada', sessionId: 's' }
    for (let i = 0; i < 9; i++) {
      await (i % 2 === 0 ? one : two).beat(ada, { nextInMs: 30_000 })
      expect(await statusOf()).toBe('online')
      await clock.advance(30_000)
    }
    await clock.advance(31_000)
    expect(await statusOf()).toBe('away')
    await one.beat(ada, { nextInMs: 30_000, active: true })
    expect(await statusOf()).toBe('online')
    expect((await one.get('ada', { as: 'admin' })).connections).toHaveLength(1)
  })

  it('is not lost between an input and a beat that wait for the same save', async () => {
    const { clock, store, one } = await twoNodes()
    const ada = { userId: 'ada', sessionId: 's' }
    await one.touch(ada)
    await clock.advance(10_000)
    await one.touch(ada)
    const inputAt = one.now()
    await clock.advance(5_000)
    await one.beat(ada)
    await clock.advance(60_000)
    const [record] = await store.load(['ada'])
    expect(record?.lastActiveAt).toBe(inputAt)
    expect(record?.connections[0]?.lease?.beatAt).toBe(inputAt + 5_000)
  })
})

it('a page over HTTP that was reloaded and lost its first answer is gone once it leaves', async () => {
  const clock = createVirtualClock()
  const node = await createTestNode({ clock })
  const lease = (connectionId: string, instance: string, resume: string | null) =>
    node.presence.lease({
      viewer: node.presence.viewerOf({ userId: 'ada', sessionId: 's' }, connectionId),
      connectionId,
      spaces: [{ space: 'default', state: null }],
      instance,
      resume,
      invisible: null,
      nextInMs: 15_000,
    })
  const before = await lease('before', 'p', null)
  await clock.advance(5000)
  // The hello of the page that follows overtakes the hint of the one that goes; nobody hears its answer.
  await lease('first', 'q', before.resumeToken)
  await before.connection.hint()
  await clock.advance(1000)
  const second = await lease('second', 'q', before.resumeToken)
  expect(second.resumed).toBe(true)
  await clock.advance(1000)
  await second.connection.leave()
  await clock.advance(1000)
  expect(await node.statusOf('ada')).toBe('offline')
  await node[Symbol.asyncDispose]()
})
