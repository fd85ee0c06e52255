import { afterEach, describe, expect, it, vi } from 'vitest'
import { valuesOf } from './fake-server.ts'
import { createScene, type OpenTab } from './shared-scene.ts'

afterEach(() => vi.restoreAllMocks())

describe('tabs of one user', () => {
  it('BR-34: have one connection, and each its own mirror', async () => {
    await using world = await createScene()
    const { clock, tab, viewer, connections } = world
    const tabs = [await tab(), await tab(), await tab()]
    expect(world.opened).toBe(1)
    expect(await connections()).toHaveLength(1)
    for (const { client } of tabs) client.user('viewer').subscribe(() => {})
    await clock.advance(200)
    for (const { client } of tabs) {
      expect(client.user('viewer').get()).toMatchObject({ status: 'online', stale: false })
      expect(client.me.get()).toMatchObject({
        userId: 'ada',
        status: 'online',
        connectionId: tabs[0]?.client.me.get().connectionId,
      })
    }
    await Promise.all([viewer.setStatus('busy'), clock.advance(200)])
    for (const { client } of tabs) expect(client.user('viewer').get()).toMatchObject({ status: 'busy', stale: false })
  })

  it('BR-34: a tab that watches what another one watches gets the whole of it', async () => {
    await using world = await createScene()
    const { clock, tab } = world
    const first = await tab()
    first.client.members('default').subscribe(() => {})
    await clock.advance(200)
    const second = await tab()
    second.client.members('default').subscribe(() => {})
    await clock.advance(200)
    const ids = ({ client }: OpenTab) =>
      client
        .members('default')
        .get()
        .map(({ userId }) => userId)
        .sort()
    expect(ids(first)).toEqual(['ada', 'viewer'])
    expect(ids(second)).toEqual(['ada', 'viewer'])
    expect(second.client.user('viewer').get().stale).toBe(false)
  })

  it('answers go to the tab that asked', async () => {
    await using world = await createScene()
    const { clock, tab } = world
    const [first, second] = [await tab(), await tab()]
    const asked = Promise.all([
      first.client.query({ kind: 'users', userIds: ['viewer'] }),
      second.client.query({ kind: 'users', userIds: ['ada'] }),
      second.client.setStatus('dnd'),
      first.client.setMessage('hello'),
    ])
    await clock.advance(200)
    const [viewer, ada, ...outcomes] = await asked
    expect(viewer.users[0]?.userId).toBe('viewer')
    expect(ada.users[0]?.userId).toBe('ada')
    expect(outcomes).toEqual([{ ok: true }, { ok: true }])
    for (const { client } of [first, second]) {
      expect(client.me.get()).toMatchObject({ status: 'dnd', message: { text: 'hello' }, pending: false })
    }
  })
})

describe('the tab with the connection', () => {
  it.each<[string, (tab: OpenTab) => void]>([
    ['is closed', ({ lifecycle }) => lifecycle.onLeave()],
    ['is frozen', ({ lifecycle }) => lifecycle.onFreeze()],
    ['disconnects', ({ client }) => client.disconnect()],
    ['crashes', ({ crash }) => crash()],
  ])('BR-34, BR-35: %s: another one is connected within 500 ms, and nobody sees a change', async (_, end) => {
    await using world = await createScene()
    const { clock, tab, viewer, connections } = world
    const [first, second, third] = [await tab(), await tab(), await tab()]
    viewer.user('ada').subscribe(() => {})
    second.client.user('viewer').subscribe(() => {})
    second.client.enter('default', { page: 1 })
    viewer.members('default').subscribe(() => {})
    await clock.advance(200)
    const members = valuesOf(viewer.members('default'))
    const seen = valuesOf(viewer.user('ada'))
    const roster = valuesOf(second.client.user('viewer'))
    end(first)
    await clock.advance(500)
    for (const { client } of [second, third]) {
      expect(client.connection.get().status).toBe('connected')
      const asked = client.query({ kind: 'users', userIds: ['viewer'] })
      await clock.advance(50)
      expect((await asked).users).toHaveLength(1)
    }
    expect(world.cluster.welcomes.resumed).toBe(1)
    expect(world.opened).toBe(2)
    expect(await connections()).toHaveLength(1)
    await clock.advance(60_000)
    expect(seen).toEqual([])
    expect(members).toEqual([])
    expect(roster.every(({ status }) => status === 'online')).toBe(true)
    expect(second.client.user('viewer').get().stale).toBe(false)
    expect(world.opened).toBe(2)
  })

  it('BR-35: comes back from a freeze as one that follows', async () => {
    await using world = await createScene()
    const { clock, tab, connections } = world
    const [first, second] = [await tab(), await tab()]
    first.lifecycle.onFreeze()
    await clock.advance(1_000)
    first.lifecycle.onWake()
    await clock.advance(500)
    for (const { client } of [first, second]) expect(client.connection.get().status).toBe('connected')
    expect(world.opened).toBe(2)
    expect(await connections()).toHaveLength(1)
  })

  it('is stuck and keeps its lock: after 3 s a tab that knocks takes it away', async () => {
    await using world = await createScene()
    const { clock, open, tab, connections } = world
    const first = await tab()
    first.page.frozen = true
    const second = open()
    await clock.advance(2_900)
    expect(second.client.connection.get().status).toBe('connecting')
    await clock.advance(200)
    expect(second.client.connection.get().status).toBe('connected')
    first.page.frozen = false
    await clock.advance(1_000)
    expect(first.client.connection.get().status).toBe('connected')
    expect(await connections()).toHaveLength(1)
  })

  it('the last one that goes ends the connection', async () => {
    await using world = await createScene()
    const { clock, tab, viewer, connections } = world
    const [first, second] = [await tab(), await tab()]
    viewer.user('ada').subscribe(() => {})
    await clock.advance(200)
    first.client.disconnect()
    await clock.advance(500)
    expect(viewer.user('ada').get().status).toBe('online')
    second.client.disconnect()
    await clock.advance(500)
    expect(await connections()).toEqual([])
    expect(viewer.user('ada').get().status).toBe('offline')
  })
})

it('a logout in any tab ends the connection of all', async () => {
  await using world = await createScene()
  const { clock, tab, viewer } = world
  const tabs = [await tab(), await tab(), await tab()]
  viewer.user('ada').subscribe(() => {})
  await clock.advance(200)
  tabs[1]?.client.logout()
  await clock.advance(500)
  expect(tabs.map(({ client }) => client.connection.get())).toMatchObject([
    { status: 'closed', reason: 'sign-out' },
    { status: 'closed', reason: 'logout' },
    { status: 'closed', reason: 'sign-out' },
  ])
  expect(viewer.user('ada').get().status).toBe('offline')
})

it('a logout in the tab with the connection ends that of all', async () => {
  await using world = await createScene()
  const { clock, tab, viewer } = world
  const tabs = [await tab(), await tab(), await tab()]
  viewer.user('ada').subscribe(() => {})
  await clock.advance(200)
  tabs[0]?.client.logout()
  await clock.advance(5_000)
  expect(viewer.user('ada').get().status).toBe('offline')
  expect(tabs.map(({ client }) => client.connection.get().status)).toEqual(['closed', 'closed', 'closed'])
})

it('a logout is heard before another tab takes the connection over, however late the word of it comes', async () => {
  await using world = await createScene({ messageMs: 20 })
  const { clock, open, viewer } = world
  const tabs = [open(), open(), open()]
  await clock.advance(500)
  viewer.user('ada').subscribe(() => {})
  await clock.advance(200)
  const { opened } = world
  const seen = valuesOf(viewer.user('ada'))
  tabs[0]?.client.logout()
  await clock.advance(5_000)
  expect(tabs.map(({ client }) => client.connection.get().status)).toEqual(['closed', 'closed', 'closed'])
  expect(seen.map(({ status }) => status)).toEqual(['offline'])
  expect(world.opened).toBe(opened)
})

it('BR-39: users never share, nor does a tab whose server says it is somebody else', async () => {
  await using world = await createScene()
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { tab, clock, connections } = world
  const [ada, bob] = [await tab('ada'), await tab('bob')]
  expect([ada.client.me.get().userId, bob.client.me.get().userId]).toEqual(['ada', 'bob'])
  expect(world.opened).toBe(2)
  expect(warned).not.toHaveBeenCalled()
  // Says it is of bob, and has a token of eve.
  bob.client.dispose()
  const eves = [await tab('bob', { token: 'eve' }), await tab('bob', { token: 'eve' })]
  await clock.advance(1_000)
  expect(eves.map(({ client }) => client.me.get().userId)).toEqual(['eve', 'eve'])
  expect(await connections('eve')).toHaveLength(2)
  expect(warned).toHaveBeenCalledTimes(2)
})

it('a server that goes takes the connection from all tabs, and they come back apart', async () => {
  await using world = await createScene({ nodes: 2 })
  const { clock, tab, cluster } = world
  const tabs = [await tab(), await tab(), await tab(), await tab()]
  const { opened } = world
  // The viewer came to the first one.
  const stopped = cluster.servers[1]?.stop()
  await clock.advance(20)
  expect(tabs.map(({ client }) => client.connection.get().status)).toEqual(tabs.map(() => 'reconnecting'))
  const delays = tabs.map(({ client }) => client.connection.get().retryInMs)
  expect(new Set(delays).size).toBe(tabs.length)
  await clock.advance(5_000)
  expect(tabs.map(({ client }) => client.connection.get().status)).toEqual(tabs.map(() => 'connected'))
  expect(world.opened).toBe(opened + 1)
  await stopped
})

it('BR-64: 100 tabs that come and go leave no lock, channel or timer', async () => {
  await using world = await createScene()
  const { clock, open, viewer } = world
  viewer.dispose()
  await clock.advance(1_000)
  const before = clock.pending
  const tabs: OpenTab[] = []
  for (let i = 0; i < 100; i++) {
    tabs.push(open())
    await clock.advance(i % 3 ? 40 : 0)
    if (i > 4) tabs[i - 5]?.client.dispose()
  }
  for (const { client } of tabs) client.dispose()
  await clock.advance(1_000)
  expect(tabs.map(({ page }) => page.open)).toEqual(tabs.map(() => 0))
  expect(clock.pending).toBeLessThanOrEqual(before)
})
