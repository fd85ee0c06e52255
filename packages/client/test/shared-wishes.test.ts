import { describe, expect, it, vi } from 'vitest'
import { inRoom, selfView, seq, snapshot, user } from './fake-server.ts'
import { createFakeTabs, ROOM } from './fake-tabs.ts'

const mine = (spaces: string[] = []) =>
  selfView().connections.map((connection) => ({
    ...connection,
    connectionId: 'c2',
    spaces: spaces.map((space) => ({ space, state: null })),
  }))

describe('BR-36: what followers do reaches the server through the tab that leads', () => {
  it('input in any tab is input of all', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    await tab()
    const second = await tab()
    second.active()
    await clock.advance(10)
    expect(server.sent).toEqual([{ type: 'active' }])
  })

  it('idle is who is idle in every tab that had input of late', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second] = [await tab(), await tab()]
    server.sent.length = 0
    second.idle()
    await clock.advance(10)
    expect(server.sentOf('idle')).toEqual([])
    first.idle()
    await clock.advance(10)
    expect(server.sentOf('idle')).toHaveLength(1)
    second.active()
    await clock.advance(10)
    expect(server.sent.at(-1)).toEqual({ type: 'active' })
  })

  it('a tab without input for as long as the server waits does not hold idle up', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    await tab()
    const second = await tab()
    await clock.advance(300_000)
    server.sent.length = 0
    second.idle()
    await clock.advance(10)
    expect(server.sentOf('idle')).toHaveLength(1)
  })

  it('when the last tab in use goes, those that are idle are all there is', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second] = [await tab(), await tab()]
    first.idle()
    second.dispose()
    await clock.advance(200)
    expect(server.sentOf('idle')).toHaveLength(1)
  })

  it('a page that is opened is input, one that comes back is not', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    await tab()
    const kept = new Map([['rollcall:resume', JSON.stringify({ resume: 'of before' })]])
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: () => {},
      removeItem: (key: string) => void kept.delete(key),
    }
    const said: string[] = []
    const { push } = server.sent
    server.sent.push = (...messages) => {
      said.push(...messages.map(({ type }) => type))
      return push.apply(server.sent, messages)
    }
    await tab({ storage })
    expect(said).toEqual([])
    await tab()
    expect(said).toEqual(['active'])
    expect(clock.pending).toBeGreaterThan(0)
  })
})

describe('spaces of tabs that share', () => {
  it('a tab enters what it wants, and the connection exits with the last of them', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second] = [await tab({ spaces: [] }), await tab({ spaces: [] })]
    const stays = [first.enter('doc', { page: 1 }), second.enter('doc')]
    await clock.advance(100)
    expect(server.sentOf('enter')).toMatchObject([{ space: 'doc', state: { page: 1 } }, { space: 'doc' }])
    stays[1]?.exit()
    await clock.advance(100)
    expect(server.sentOf('exit')).toEqual([])
    stays[0]?.exit()
    await clock.advance(100)
    expect(server.sentOf('exit')).toMatchObject([{ space: 'doc' }])
  })

  it('the state of a tab that stays shows again', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second] = [await tab({ spaces: [] }), await tab({ spaces: [] })]
    first.enter('doc', { page: 1 })
    await clock.advance(100)
    second.enter('doc', { page: 2 })
    await clock.advance(100)
    second.page.crash()
    await clock.advance(300)
    expect(server.sentOf('exit')).toEqual([])
    expect(server.sentOf('state')).toMatchObject([{ space: 'doc', state: { page: 1 } }])
  })

  it('a tab that comes wants what it named, and what it is refused it hears of', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    await tab({ spaces: ['a'] })
    server.script.acks = false
    const errors = vi.fn()
    const coming = tab({ spaces: ['a', { space: 'b', state: 1 }] })
    await clock.advance(0)
    const second = await coming
    second.on('error', errors)
    server.say({ type: 'error', id: 1, code: 'forbidden', message: 'not b' })
    await clock.advance(10)
    expect(errors.mock.calls).toMatchObject([[{ code: 'forbidden', message: 'not b' }]])
  })

  it('after a take-over what only the tab that went wanted ends, once all had time to speak', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second, third] = [
      await tab({ spaces: ['a'] }),
      await tab({ spaces: ['b'] }),
      await tab({ spaces: ['c'] }),
    ]
    first.setStatus('busy', { source: 'call', bound: true })
    third.setStatus('busy', { source: 'film', bound: true })
    await clock.advance(100)
    const claim = (source: string) => ({
      source,
      status: 'busy' as const,
      until: null,
      priority: 20,
      connectionId: 'c2',
    })
    server.script.welcomes = {
      connectionId: 'c2',
      resumed: true,
      self: selfView({ connections: mine(['a', 'b', 'c']), claims: [claim('call'), claim('film')] }),
    }
    server.sent.length = 0
    first.dispose()
    await clock.advance(4_900)
    expect(server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }])
    expect([...server.sentOf('exit'), ...server.sentOf('clear')]).toEqual([])
    await clock.advance(500)
    expect(server.sentOf('exit')).toMatchObject([{ space: 'a' }])
    expect(server.sentOf('clear')).toMatchObject([{ source: 'call' }])
    for (const client of [second, third]) expect(client.connection.get().status).toBe('connected')
  })
})

it('a claim that is to end with its tab does, although the connection stays', async () => {
  using tabs = createFakeTabs()
  const { server, clock, tab } = tabs
  const [first, second] = [await tab(), await tab()]
  void second.setStatus('busy', { source: 'call', bound: true })
  void first.setStatus('away')
  await clock.advance(100)
  second.page.crash()
  await clock.advance(300)
  expect(server.sentOf('clear')).toMatchObject([{ source: 'call' }])
})

it('a claim survives that its tab finds the one that leads twice', async () => {
  using tabs = createFakeTabs()
  const { server, clock, tab, browser } = tabs
  await tab()
  const second = await tab()
  void second.setStatus('busy', { source: 'call', bound: true })
  await clock.advance(100)
  server.sent.length = 0
  const room = browser.tab().channel(ROOM)
  room.postMessage({ type: 'knock', from: 'tab2', bound: ['call'] })
  await clock.advance(200)
  expect(server.sentOf('clear')).toEqual([])
  expect(second.connection.get().status).toBe('connected')
})

describe('watching', () => {
  it('ends with the last tab that watches', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const [first, second] = [await tab(), await tab()]
    const stops = [first, second].map((client) => client.user('bob').subscribe(() => {}))
    await clock.advance(100)
    stops[0]?.()
    await clock.advance(6_000)
    expect(server.sentOf('unwatch')).toEqual([])
    second.page.crash()
    await clock.advance(300)
    expect(server.sentOf('unwatch')).toEqual([{ type: 'unwatch', topics: ['user:bob'] }])
  })

  it('each tab gets what it watches and nothing else; whole states go to who asked, or to all', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    server.script.acks = false
    const [first, second] = [await tab(), await tab()]
    first.members('room').subscribe(() => {})
    await clock.advance(60)
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')])] })
    const [{ id } = { id: 0 }] = server.sentOf('watch')
    server.say({ type: 'ack', id })
    await clock.advance(60)
    expect(second.user('ada').get().known).toBe(false)
    second.members('room').subscribe(() => {})
    await clock.advance(60)
    // For the second tab alone: the first one would take it for what it is not.
    server.say({
      type: 'snapshot',
      topics: [snapshot('space:room', [inRoom('ada'), inRoom('bob')], { sequence: seq(3) })],
    })
    await clock.advance(60)
    const ids = (client: typeof first) =>
      client
        .members('room')
        .get()
        .map(({ userId }) => userId)
    expect([ids(first), ids(second)]).toEqual([['ada'], ['ada', 'bob']])
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('carl')], { sequence: seq(4) })] })
    await clock.advance(60)
    expect([ids(first), ids(second)]).toEqual([['carl'], ['carl']])
    server.say({ type: 'diff', topic: 'space:room', sequence: seq(5), set: [inRoom('dora')], gone: ['carl'] })
    await clock.advance(60)
    expect([ids(first), ids(second)]).toEqual([['dora'], ['dora']])
  })

  it('a replay goes to the tab whose turn it is', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    server.script.acks = false
    const [first, second] = [await tab(), await tab()]
    first.members('room').subscribe(() => {})
    await clock.advance(60)
    server.say({ type: 'replay', topics: [{ topic: 'space:room', diffs: [] }] })
    second.user('ada').subscribe(() => {})
    await clock.advance(60)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    await clock.advance(60)
    expect(second.user('ada').get()).toMatchObject({ status: 'online', stale: false })
  })
})

describe('tokens', () => {
  it('only the tab that leads is asked for a fresh one', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const token = vi.fn(() => 'token')
    await tab({ token: () => 'first' })
    await tab({ token })
    expect(token).toHaveBeenCalledTimes(1)
    server.say({ type: 'expiring', inMs: 1_000 })
    await clock.advance(10)
    expect(server.sentOf('token')).toEqual([{ type: 'token', token: 'first' }])
    expect(token).toHaveBeenCalledTimes(1)
  })

  it('one of a tab that follows stays there', async () => {
    using tabs = createFakeTabs()
    const { clock, tab, browser } = tabs
    const heard: unknown[] = []
    browser.tab().channel(ROOM).onmessage = ({ data }) => heard.push(data)
    await tab({ token: 'first secret' })
    await tab({ token: 'second secret' })
    await clock.advance(100)
    expect(heard).toContainEqual(expect.objectContaining({ type: 'say' }))
    expect(JSON.stringify(heard)).not.toContain('secret')
  })

  it('one that is refused fails its own tab; the next leads with its own', async () => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const first = await tab({ token: 'old' })
    const second = await tab({ token: 'new' })
    server.say({ type: 'error', code: 'authentication-error', message: 'expired' })
    await clock.advance(100)
    expect(first.connection.get()).toMatchObject({ status: 'failed', reason: 'authentication-error' })
    expect(second.connection.get().status).toBe('connected')
    expect(server.sentOf('hello')).toMatchObject([{ token: 'new' }])
  })
})

it('a follower that hears nothing asks whether anybody is there', async () => {
  using tabs = createFakeTabs()
  const { server, clock, tab } = tabs
  await tab()
  await tab()
  await clock.advance(65_000)
  expect(server.sentOf('query')).toMatchObject([{ query: { kind: 'users', userIds: [] } }])
})

it('what is stale or warms up is so in a tab that comes later', async () => {
  using tabs = createFakeTabs()
  const { server, clock, tab } = tabs
  const first = await tab()
  first.user('ada').subscribe(() => {})
  await clock.advance(60)
  server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
  server.say({ type: 'freshness', stale: true, warming: false })
  const second = await tab()
  second.user('ada').subscribe(() => {})
  await clock.advance(60)
  server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
  await clock.advance(60)
  expect([first, second].map((client) => client.user('ada').get().stale)).toEqual([true, true])
})

it('nonsense of the server stops nobody, and is counted where it came in', async () => {
  using tabs = createFakeTabs()
  const { server, clock, tab } = tabs
  const [first, second] = [await tab(), await tab()]
  for (const nonsense of [null, 1, 'x', {}, { type: 'diff' }, { type: 'ack', id: 99 }]) server.say(nonsense)
  await clock.advance(10)
  expect([first.badMessages, second.badMessages]).toEqual([5, 0])
  expect(second.connection.get().status).toBe('connected')
})

describe('BR-37: where tabs cannot find each other', () => {
  const forbidden = () => {
    throw new DOMException('opaque origin', 'SecurityError')
  }
  it.each([
    ['there are no locks or channels', () => null],
    ['channels are forbidden', () => ({ locks: { request: forbidden }, channel: forbidden })],
    [
      'locks are forbidden',
      () => ({
        locks: { request: async () => forbidden() },
        channel: () => ({ onmessage: null, postMessage() {}, close() {} }),
      }),
    ],
  ])('%s: each has its own connection, after one warning', async (_, platform) => {
    using tabs = createFakeTabs()
    const { server, clock, tab } = tabs
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const client = await tab({}, { platform: platform() as never })
    expect(client.connection.get().status).toBe('connected')
    client.active()
    expect(server.sent).toEqual([{ type: 'active' }])
    server.cut()
    await clock.advance(1_000)
    expect(client.connection.get().status).toBe('connected')
    client.disconnect()
    expect(server.isAttached).toBe(false)
    expect(warned).toHaveBeenCalledTimes(1)
    warned.mockRestore()
  })

  it('production is not warned', async () => {
    using tabs = createFakeTabs()
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    vi.stubEnv('NODE_ENV', 'production')
    await tabs.tab({}, { platform: null })
    expect(warned).not.toHaveBeenCalled()
    vi.unstubAllEnvs()
    warned.mockRestore()
  })
})
