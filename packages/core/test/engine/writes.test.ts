import { describe, expect, it } from 'vitest'
import { createTestNode } from './test-node.ts'

const NUL = '\0'

describe('what an application does to a user', () => {
  it('claims with a priority that follows from the source', async () => {
    await using node = await createTestNode()
    await node.connect('ada')
    const statuses = { calendar: 'busy', manual: 'away', call: 'dnd', admin: 'online', other: 'busy' } as const
    for (const [source, status] of Object.entries(statuses)) await node.presence.claim('ada', { source, status })
    const { claims } = await node.presence.get('ada', { as: 'self' })
    expect(Object.fromEntries(claims.map(({ source, priority }) => [source, priority]))).toEqual({
      admin: 100,
      call: 80,
      manual: 60,
      calendar: 40,
      other: 20,
    })
    expect(await node.statusOf('ada')).toBe('online')
    await node.presence.clear('ada', 'admin')
    expect(await node.statusOf('ada')).toBe('dnd')
  })

  it('claims until a date, for a while, or with a priority of its own', async () => {
    await using node = await createTestNode()
    await node.connect('ada')
    await node.presence.claim('ada', { source: 'calendar', status: 'busy', until: new Date(node.clock.now() + 60_000) })
    await node.presence.claim('ada', { source: 'quiz', status: 'dnd', priority: 50, for: '30s' })
    expect(await node.statusOf('ada')).toBe('dnd')
    await node.clock.advance(30_000)
    expect(await node.statusOf('ada')).toBe('busy')
    await node.clock.advance(30_000)
    expect(await node.statusOf('ada')).toBe('online')
  })

  it('sets a message that survives disconnects until its end', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    await node.presence.setMessage('ada', { text: 'lunch', emoji: '🥗', for: '1h' })
    await tab.leave()
    expect(await node.presence.get('ada')).toMatchObject({ status: 'offline', message: { text: 'lunch', emoji: '🥗' } })
    await node.clock.advance(3_600_000 + 10_000)
    expect((await node.presence.get('ada')).message).toBe(null)
    await node.presence.setMessage('ada', { text: 'back' })
    await node.presence.setMessage('ada', null)
    expect((await node.presence.get('ada')).message).toBe(null)
  })

  it('hides when they were last seen from others, never from themselves or admins', async () => {
    await using node = await createTestNode()
    await (await node.connect('ada')).leave()
    await node.presence.setLastSeenTo('ada', 'admins')
    expect((await node.presence.get('ada')).lastSeenAt).toBe(null)
    expect((await node.presence.get('ada', { as: 'self' })).lastSeenAt).toBe(node.startedAt)
    expect((await node.presence.get('ada', { as: 'admin' })).lastSeenAt).toBe(node.startedAt)
  })

  it('touches: a request is input on the held connection of its session, else on its leased one', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada', { sessionId: 'login-1' })
    await node.clock.advance(300_000)
    expect(await node.statusOf('ada')).toBe('away')
    await node.presence.touch({ userId: 'ada', sessionId: 'login-1' })
    expect(await node.statusOf('ada')).toBe('online')
    await node.presence.touch({ userId: 'ada', sessionId: 'login-2' })
    const { connections } = await node.presence.get('ada', { as: 'self' })
    expect(connections.map(({ held }) => held)).toEqual([true, false])
    await tab.leave()
    expect(await node.statusOf('ada')).toBe('online')
  })

  it('signs out everywhere', async () => {
    await using node = await createTestNode()
    await node.connect('ada')
    await node.presence.touch({ userId: 'ada', sessionId: 'phone' })
    await node.presence.signOut('ada')
    expect(await node.presence.get('ada', { as: 'self' })).toMatchObject({ status: 'offline', connections: [] })
  })
})

describe('what an application may not ask', () => {
  it.each([
    ['an empty user id', () => '', 'invalid-option', 'non-empty'],
    ['a user id with NUL', () => `a${NUL}b`, 'invalid-option', 'NUL'],
    ['half a surrogate pair', () => 'a\ud800', 'invalid-option', 'surrogate'],
    ['a user id of 257 bytes', () => 'é'.repeat(129), 'limit-exceeded', '256'],
  ])('names the value and the limit: %s', async (_, userId, code, part) => {
    await using node = await createTestNode()
    const failure = await node.presence.claim(userId(), { source: 'call', status: 'busy' }).catch((error) => error)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(part) })
  })

  it('a status that is none, an end in the past, a duration that is none', async () => {
    await using node = await createTestNode()
    const claim = (rest: object) => node.presence.claim('ada', { source: 'call', status: 'busy', ...rest })
    await expect(claim({ status: 'sleeping' })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('invisible'),
    })
    await expect(claim({ until: node.clock.now() })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(claim({ until: Number.NaN })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(claim({ for: 'soon' })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('30s'),
    })
  })

  it('a claim bound to a connection that is not there, or bound and invisible', async () => {
    await using node = await createTestNode()
    const tab = await node.connect('ada')
    await expect(
      node.presence.claim('ada', { source: 'call', status: 'busy', connectionId: 'gone' }),
    ).rejects.toMatchObject({ code: 'no-connection' })
    await expect(
      node.presence.claim('ada', { source: 'x', status: 'invisible', connectionId: tab.connectionId }),
    ).rejects.toMatchObject({ code: 'no-connection' })
  })

  it('a message above 140 characters, counted as a reader counts', async () => {
    await using node = await createTestNode()
    await node.presence.setMessage('ada', { text: '🥗'.repeat(140) })
    await expect(node.presence.setMessage('ada', { text: 'x'.repeat(141) })).rejects.toMatchObject({
      code: 'limit-exceeded',
      details: { length: 141, limit: 140 },
    })
  })

  it.each([
    ['NUL', `a${NUL}b`],
    ['half a surrogate pair', 'a\ud83d'],
  ])('%s in any text that is kept', async (_, bad) => {
    await using node = await createTestNode()
    const { presence } = node
    const tab = await node.connect('ada')
    const refusals: readonly (() => Promise<unknown>)[] = [
      () => presence.setMessage('ada', { text: bad }),
      () => presence.setMessage('ada', { text: 'lunch', emoji: bad }),
      () => presence.claim('ada', { source: bad, status: 'busy' }),
      () => presence.claim('ada', { source: 'call', status: 'busy', connectionId: bad }),
      () => presence.signOut('ada', { sessionId: bad }),
      () => presence.kick('ada', { connectionIds: ['tab', bad] }),
      () => node.connect('ada', { instance: bad }),
      () => tab.enter(bad, null),
      () => tab.enter('default', { title: bad }),
      () => presence.touch({ userId: 'ada', device: bad }),
      () => presence.touch({ userId: 'ada', meta: { deep: [bad] } }),
      () => presence.touch({ userId: 'ada', meta: { [bad]: 1 } }),
    ]
    for (const refused of refusals) await expect(refused()).rejects.toMatchObject({ code: 'invalid-option' })
  })

  it('a message without a text, and meta that is no JSON', async () => {
    await using node = await createTestNode()
    const message = { emoji: '🥗' } as unknown as { text: string }
    await expect(node.presence.setMessage('ada', message)).rejects.toMatchObject({ code: 'invalid-option' })
    const identity = { userId: 'ada', meta: { at: new Date(0) as never } }
    await expect(node.presence.touch(identity)).rejects.toMatchObject({ code: 'invalid-option' })
  })

  it('a page of no size, or of more than a thousand', async () => {
    await using node = await createTestNode()
    for (const limit of [0, 1001, 1.5]) {
      await expect(node.presence.list({ limit })).rejects.toMatchObject({
        code: 'limit-exceeded',
        details: { limit, max: 1000 },
      })
    }
  })

  it('more touches than connections a user may have', async () => {
    await using node = await createTestNode({ policy: { maxConnections: 1 } })
    await node.presence.touch({ userId: 'ada', sessionId: 'one' })
    await expect(node.presence.touch({ userId: 'ada', sessionId: 'two' })).rejects.toMatchObject({
      code: 'limit-exceeded',
    })
  })
})

describe('reading', () => {
  it('pages through a space, as others see it', async () => {
    await using node = await createTestNode()
    for (const userId of ['eve', 'bob', 'ada', 'dan', 'cyd']) await node.connect(userId)
    await node.presence.claim('cyd', { source: 'manual', status: 'invisible' })
    await node.presence.claim('dan', { source: 'manual', status: 'busy' })
    const first = await node.presence.list({ space: 'default', limit: 2 })
    expect(first.users.map(({ userId }) => userId)).toEqual(['ada', 'bob'])
    const second = await node.presence.list({ space: 'default', limit: 2, cursor: first.next })
    expect(second.users.map(({ userId }) => userId)).toEqual(['dan', 'eve'])
    expect(await node.presence.count({ space: 'default' })).toBe(4)
    expect(await node.presence.count({ space: 'default', as: 'admin' })).toBe(5)
    expect(await node.presence.count({ status: 'busy' })).toBe(1)
    expect((await node.presence.list({ status: 'busy' })).users).toMatchObject([{ userId: 'dan' }])
    expect(await node.presence.counts('default')).toEqual({ present: 4, online: 3, away: 0, busy: 1, dnd: 0 })
  })

  it('says `unavailable` while the store does not answer', async () => {
    await using node = await createTestNode()
    node.store.count = async () => {
      throw new Error('connection refused')
    }
    await expect(node.presence.count()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('who asks', () => {
  it('has the space `default` when none was granted, and its connection for a session', async () => {
    await using node = await createTestNode()
    expect(node.presence.viewerOf({ userId: 'ada' }, 'c1')).toEqual({
      userId: 'ada',
      sessionId: 'c1',
      spaces: ['default'],
      device: null,
      meta: null,
    })
    expect(() => node.presence.viewerOf({ userId: 'ada', meta: 'x'.repeat(3000) }, 'c1')).toThrow(/2048/)
    expect(() => node.presence.viewerOf({ userId: 'ada', spaces: [''] }, 'c1')).toThrow(/space/)
  })

  it('may watch themselves, their spaces, and whoever has a space in common with them', async () => {
    await using node = await createTestNode()
    const { access } = node.presence
    await node.connect('bob', { spaces: ['org:1'] })
    await (await node.connect('gone', { spaces: ['org:1'] })).leave()
    await node.connect('eve', { spaces: ['org:2'] })
    const ada = node.presence.viewerOf({ userId: 'ada', spaces: ['org:1'] }, 'c1')
    const asked = [
      'user:ada',
      'user:bob',
      'user:gone',
      'user:eve',
      'user:never',
      'space:org:1',
      'space:org:2',
      'count:org:2',
    ] as const
    const answers = await Promise.all(asked.map((topic) => access.canWatch(ada, topic)))
    expect(answers).toEqual([true, true, true, false, false, true, false, false])
    expect(access.canEnter(ada, 'org:2')).toBe(false)
    expect(access.canClaim(ada, { userId: 'ada', source: 'manual', status: 'busy' })).toBe(true)
    expect(access.canClaim(ada, { userId: 'ada', source: 'admin', status: 'busy' })).toBe(false)
    expect(access.canClaim(ada, { userId: 'bob', source: 'manual', status: 'busy' })).toBe(false)
  })

  it('may watch who never connected wherever spaces are not used, also once something was claimed for them', async () => {
    await using node = await createTestNode()
    const ada = node.presence.viewerOf({ userId: 'ada' }, 'c1')
    expect(await node.presence.access.canWatch(ada, 'user:never')).toBe(true)
    await node.presence.claim('never', { source: 'calendar', status: 'busy' })
    expect(await node.presence.access.canWatch(ada, 'user:never')).toBe(true)
    await node.connect('nowhere', { spaces: [] })
    expect(await node.presence.access.canWatch(ada, 'user:nowhere')).toBe(false)
  })

  it('as an admin may watch everyone', async () => {
    await using node = await createTestNode({ access: { isAdmin: ({ meta }) => meta === 'admin' } })
    const root = node.presence.viewerOf({ userId: 'root', meta: 'admin' }, 'c1')
    expect(await node.presence.access.canWatch(root, 'user:eve')).toBe(true)
    expect(await node.presence.access.canWatch(root, 'space:org:2')).toBe(true)
  })
})
