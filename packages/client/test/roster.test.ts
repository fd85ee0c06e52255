import { describe, expect, it, vi } from 'vitest'
import { connectedPair, inRoom, seq, snapshot, user, valuesOf } from './fake-server.ts'

const diff = (topic: string, n: number, set: unknown[], gone: string[] = []) => ({
  type: 'diff',
  topic,
  sequence: seq(n),
  set,
  gone,
})
const counts = (present: number) => ({ present, online: present, away: 0, busy: 0, dnd: 0 })

async function watching(...userIds: string[]) {
  const pair = await connectedPair()
  const stops = userIds.map((userId) => pair.client.user(userId).subscribe(() => {}))
  await pair.clock.advance(100)
  pair.server.sent.length = 0
  return { ...pair, stops, get: (userId: string) => pair.client.user(userId).get() }
}

async function inARoom(...userIds: string[]) {
  const pair = await connectedPair()
  const members = pair.client.members('room')
  members.subscribe(() => {})
  await pair.clock.advance(100)
  pair.server.say({
    type: 'snapshot',
    topics: [
      snapshot(
        'space:room',
        userIds.map((userId) => inRoom(userId)),
      ),
    ],
  })
  pair.server.sent.length = 0
  return { ...pair, members, get: (userId: string) => pair.client.user(userId).get() }
}

describe('a user', () => {
  it('is unknown before there is any data, and the same object until then', async () => {
    const { get } = await watching('ada')
    expect(get('ada')).toEqual({
      userId: 'ada',
      status: 'unknown',
      isOnline: false,
      statusSince: null,
      lastSeenAt: null,
      message: null,
      connections: null,
      stale: false,
      known: false,
    })
    expect(get('ada')).toBe(get('ada'))
  })

  it('is what the snapshot says, and then what the diffs say', async () => {
    const { server, client } = await watching('ada')
    const values = valuesOf(client.user('ada'))
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { statusSince: 5 })])] })
    server.say(diff('user:ada', 2, [user('ada', { status: 'offline', statusSince: 9, lastSeenAt: 9 })]))
    expect(values).toMatchObject([
      { status: 'online', isOnline: true, statusSince: 5, lastSeenAt: null, known: true, stale: false },
      { status: 'offline', isOnline: false, statusSince: 9, lastSeenAt: 9 },
    ])
  })

  it('shows connections to whoever may see them', async () => {
    const { server, get } = await watching('ada')
    const connections = [{ connectionId: 'c', sessionId: 's', phase: 'active', held: true, device: 'phone' }]
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [{ ...user('ada'), connections } as never])] })
    expect(get('ada').connections).toMatchObject([{ device: 'phone' }])
  })

  it('BR-40: calls the listeners of one user when that user changes, and no others', async () => {
    const { server, client } = await watching('ada', 'bob')
    const [ada, bob] = [vi.fn(), vi.fn()]
    client.user('ada').subscribe(ada)
    client.user('bob').subscribe(bob)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    expect([ada.mock.calls.length, bob.mock.calls.length]).toEqual([1, 0])
    server.say(diff('user:ada', 2, [user('ada')]))
    expect(ada).toHaveBeenCalledTimes(1)
  })

  it('tells the change event of known users what changed, and not of stale marks', async () => {
    const { server, client } = await watching('ada')
    const changes: string[] = []
    client.on('change', (now, before) => changes.push(`${now.userId}: ${before.status} → ${now.status}`))
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say(diff('user:ada', 2, [user('ada', { status: 'busy' })]))
    server.cut()
    expect(changes).toEqual(['ada: online → busy'])
  })

  it('BR-42: snapshots are frozen through and through', async () => {
    const { server, get } = await watching('ada')
    const message = { text: 'hi', emoji: null, until: null }
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { message })])] })
    expect(Object.isFrozen(get('ada'))).toBe(true)
    expect(Object.isFrozen(get('ada').message)).toBe(true)
  })

  it('BR-42: who did not change keeps identity through a new snapshot', async () => {
    const { server, get } = await watching('ada', 'bob')
    const topics = (status: 'online' | 'busy') => [
      snapshot('user:ada', [user('ada', { message: { text: 'hi', emoji: null, until: null } })]),
      snapshot('user:bob', [user('bob', { status })]),
    ]
    server.say({ type: 'snapshot', topics: topics('online') })
    const [ada, bob] = [get('ada'), get('bob')]
    server.say({ type: 'snapshot', topics: topics('busy') })
    expect(get('ada')).toBe(ada)
    expect(get('bob')).not.toBe(bob)
  })

  it('can be known from a server render before there is a connection', async () => {
    const initialUsers = [user('ada', { status: 'busy' })]
    const { server, clock, client } = await connectedPair({ initialUsers })
    expect(client.initialUsers).toBe(initialUsers)
    expect(client.user('ada').get()).toMatchObject({ status: 'busy', stale: true, known: true })
    client.user('ada').subscribe(() => {})
    await clock.advance(0)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { status: 'busy' })])] })
    expect(client.user('ada').get()).toMatchObject({ status: 'busy', stale: false })
  })
})

describe('a cut connection', () => {
  it('BR-56: leaves everybody their last status, stale, until each is heard of again', async () => {
    const { server, clock, get } = await watching('ada', 'bob')
    server.say({
      type: 'snapshot',
      topics: [snapshot('user:ada', [user('ada')]), snapshot('user:bob', [user('bob', { status: 'away' })])],
    })
    const fresh = [get('ada'), get('bob')]
    server.cut()
    expect([get('ada'), get('bob')]).toMatchObject([
      { status: 'online', stale: true },
      { status: 'away', stale: true },
    ])
    await clock.advance(300)
    expect(get('ada').stale).toBe(true)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    expect([get('ada').stale, get('bob').stale]).toEqual([false, true])
    server.say({ type: 'snapshot', topics: [snapshot('user:bob', [user('bob', { status: 'away' })])] })
    expect([get('ada'), get('bob')]).toEqual(fresh)
    expect(get('ada')).toBe(fresh[0])
  })

  it('BR-61: goes on where it was, by replay, with one notice for each who changed', async () => {
    const { server, clock, client, get } = await watching('ada')
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')], { sequence: seq(4) })] })
    server.cut()
    await clock.advance(300)
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'user:ada', since: seq(4) }])
    const values = valuesOf(client.user('ada'))
    const replay = [
      { topic: 'user:ada', sequence: seq(5), set: [user('ada', { status: 'busy' })], gone: [] },
      { topic: 'user:ada', sequence: seq(6), set: [user('ada', { status: 'away' })], gone: [] },
    ]
    server.say({ type: 'replay', topics: [{ topic: 'user:ada', diffs: replay }] })
    expect(values).toMatchObject([{ status: 'away', stale: false }])
    server.say(diff('user:ada', 7, [user('ada', { status: 'dnd' })]))
    expect(get('ada').status).toBe('dnd')
  })

  it('an empty replay makes everybody fresh again', async () => {
    const { server, clock, members } = await inARoom('ada', 'bob')
    server.cut()
    await clock.advance(300)
    server.say({ type: 'replay', topics: [{ topic: 'space:room', diffs: [] }] })
    await clock.advance(50)
    expect(members.get().map(({ presence }) => presence.stale)).toEqual([false, false])
  })
})

describe('sequences', () => {
  it('BR-61: a gap asks for a snapshot, once, and what comes before it is not believed', async () => {
    const { server, clock, get } = await watching('ada')
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say(diff('user:ada', 3, [user('ada', { status: 'busy' })]))
    server.say(diff('user:ada', 4, [user('ada', { status: 'dnd' })]))
    expect(get('ada')).toMatchObject({ status: 'online', stale: true })
    await clock.advance(50)
    expect(server.sentOf('watch').map(({ topics }) => topics)).toEqual([[{ topic: 'user:ada' }]])
    server.say({
      type: 'snapshot',
      topics: [snapshot('user:ada', [user('ada', { status: 'dnd' })], { sequence: seq(4) })],
    })
    expect(get('ada')).toMatchObject({ status: 'dnd', stale: false })
    server.say(diff('user:ada', 5, [user('ada', { status: 'away' })]))
    expect(get('ada').status).toBe('away')
  })

  it('another generation is a gap', async () => {
    const { server, clock } = await watching('ada')
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say({ ...diff('user:ada', 2, [user('ada', { status: 'busy' })]), sequence: seq(2, 'g2') })
    await clock.advance(50)
    expect(server.sentOf('watch')).toHaveLength(1)
  })

  it('a replay that leaves something out is a gap', async () => {
    const { server, clock, get } = await watching('ada')
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    const missed = [{ topic: 'user:ada', sequence: seq(3), set: [user('ada', { status: 'busy' })], gone: [] }]
    server.say({ type: 'replay', topics: [{ topic: 'user:ada', diffs: missed }] })
    expect(get('ada')).toMatchObject({ status: 'online', stale: true })
    await clock.advance(50)
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'user:ada' }])
  })

  it('what is said of topics that nobody watches is ignored', async () => {
    const { server, client } = await connectedPair()
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] }, diff('user:ada', 2, [user('ada')]))
    expect(client.user('ada').get().known).toBe(false)
  })
})

describe('a space', () => {
  it('has members with their state, in the order they came', async () => {
    const { server, clock, members } = await inARoom('ada')
    server.say(diff('space:room', 2, [inRoom('bob', {}, { cursor: 7 })]))
    await clock.advance(50)
    expect(members.get()).toMatchObject([
      { userId: 'ada', state: null, presence: { status: 'online' } },
      { userId: 'bob', state: { cursor: 7 } },
    ])
  })

  it('keeps a member the same object until something of theirs changes', async () => {
    const { server, clock, members } = await inARoom('ada', 'bob')
    await clock.advance(50)
    const [ada, bob] = members.get()
    server.say(diff('space:room', 2, [inRoom('bob', {}, { cursor: 7 })]))
    await clock.advance(50)
    expect(members.get()[0]).toBe(ada)
    expect(members.get()[1]).not.toBe(bob)
    expect(members.get()[1]?.presence).toBe(bob?.presence)
  })

  it('tells of one user’s state to those who listen to it alone', async () => {
    const { server, client } = await inARoom('ada', 'bob')
    const state = client.state('room', 'bob')
    const [states, presence] = [valuesOf(state), vi.fn()]
    client.user('bob').subscribe(presence)
    server.say(diff('space:room', 2, [inRoom('bob', {}, { cursor: 1 })]))
    server.say(diff('space:room', 3, [inRoom('ada', {}, { cursor: 2 })]))
    server.say(diff('space:room', 4, [], ['bob']))
    expect(states).toEqual([{ cursor: 1 }, undefined])
    expect(Object.isFrozen(states[0])).toBe(true)
    expect(presence).toHaveBeenCalledTimes(1)
  })

  it('who left it is stale until their own topic tells where they are now', async () => {
    const { server, clock, client, members, get } = await inARoom('ada', 'bob')
    client.user('bob').subscribe(() => {})
    server.say(diff('space:room', 2, [], ['bob']))
    expect(get('bob')).toMatchObject({ status: 'online', stale: true })
    await clock.advance(50)
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada'])
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'user:bob' }])
    server.say({
      type: 'snapshot',
      topics: [snapshot('user:bob', [user('bob', { status: 'offline', lastSeenAt: 8 })])],
    })
    expect(get('bob')).toMatchObject({ status: 'offline', lastSeenAt: 8, stale: false })
  })

  it('a new snapshot drops who is not in it', async () => {
    const { server, members } = await inARoom('ada', 'bob')
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('bob')])] })
    expect(members.get().map(({ userId }) => userId)).toEqual(['bob'])
  })

  it('a replay shows how it ended, not what another topic told before', async () => {
    const { server, clock, client, get } = await inARoom('ada', 'bob')
    client.user('ada').subscribe(() => {})
    server.cut()
    await clock.advance(400)
    server.say({
      type: 'replay',
      topics: [
        {
          topic: 'space:room',
          diffs: [
            { topic: 'space:room', sequence: seq(2), set: [inRoom('bob', { status: 'busy' })], gone: [] },
            { topic: 'space:room', sequence: seq(3), set: [], gone: ['bob'] },
          ],
        },
      ],
    })
    expect(get('bob')).toMatchObject({ status: 'online', stale: true })
  })
})

describe('counts', () => {
  it('are null until known, and then what the server last said', async () => {
    const { server, clock, client } = await connectedPair()
    const readable = client.counts('room')
    const values = valuesOf(readable)
    expect(readable.get()).toBe(null)
    await clock.advance(0)
    expect(server.sentOf('watch').map(({ topics }) => topics)).toEqual([[{ topic: 'count:room' }]])
    server.say({ type: 'snapshot', topics: [snapshot('count:room', [], { counts: counts(3) })] })
    server.say({ type: 'counts', topic: 'count:room', sequence: seq(2), counts: counts(4) })
    expect(values).toEqual([counts(3), counts(4)])
  })

  it('of a space too large to be listed stand in for its members', async () => {
    const { server, clock, client } = await inARoom('ada', 'bob')
    const [all, busy] = [client.count({ space: 'room' }), client.count({ space: 'room', status: ['busy', 'online'] })]
    all.subscribe(() => {})
    busy.subscribe(() => {})
    server.say({
      type: 'snapshot',
      topics: [
        snapshot('space:room', [], {
          mode: 'counts',
          counts: { present: 30_000, online: 20_000, away: 4_000, busy: 5_000, dnd: 1_000 },
        }),
      ],
    })
    await clock.advance(50)
    expect([all.get(), busy.get()]).toEqual([30_000, 25_000])
    server.say({ type: 'counts', topic: 'space:room', sequence: seq(2), counts: counts(15_001) })
    await clock.advance(50)
    expect(all.get()).toBe(15_001)
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')])] })
    await clock.advance(50)
    expect(all.get()).toBe(1)
  })
})

describe('freshness', () => {
  it('a server that is cut off from its store makes everybody stale, until it is back', async () => {
    const { server, get } = await watching('ada')
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say({ type: 'freshness', stale: true, warming: false })
    expect(get('ada')).toMatchObject({ status: 'online', stale: true })
    server.say({ type: 'freshness', stale: false, warming: false })
    expect(get('ada')).toMatchObject({ status: 'online', stale: false })
  })

  it('while a store that lost its data fills again, who is missing in a snapshot stays as they were, stale', async () => {
    const { server, clock, client, members, get } = await inARoom('ada', 'bob', 'cy')
    client.user('dan').subscribe(() => {})
    await clock.advance(50)
    server.say({ type: 'snapshot', topics: [snapshot('user:dan', [user('dan')])] })
    server.say({ type: 'freshness', stale: false, warming: true })
    server.say({
      type: 'snapshot',
      topics: [
        snapshot('space:room', [inRoom('ada'), inRoom('cy')], { sequence: seq(1, 'g2') }),
        snapshot('user:dan', [user('dan', { status: 'offline', statusSince: 0 })], { sequence: seq(1, 'g2') }),
      ],
    })
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada', 'bob', 'cy'])
    expect([get('bob'), get('dan')]).toMatchObject(Array(2).fill({ status: 'online', stale: true }))
    expect([get('ada').stale, get('cy').stale]).toEqual([false, false])
    server.say({ ...diff('space:room', 2, [], ['cy']), sequence: seq(2, 'g2') })
    await clock.advance(50)
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada', 'bob'])
  })

  it('a store that fills again is believed of whom it knows since when they are offline', async () => {
    const { server, get } = await watching('ada')
    server.say({ type: 'freshness', stale: false, warming: true })
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    const gone = user('ada', { status: 'offline', statusSince: 9 })
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [gone], { sequence: seq(1, 'g2') })] })
    expect(get('ada')).toMatchObject({ status: 'offline', stale: false })
  })

  it('once it is full, who is still missing is gone', async () => {
    const { server, clock, members } = await inARoom('ada', 'bob')
    server.say({ type: 'freshness', stale: false, warming: true })
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')])] })
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada', 'bob'])
    server.say({ type: 'freshness', stale: false, warming: false })
    await clock.advance(50)
    expect(members.get()).toMatchObject([{ userId: 'ada', presence: { stale: false } }])
  })

  it('a new connection is trusted until its server says otherwise', async () => {
    const { server, clock, get } = await watching('ada')
    server.say({ type: 'freshness', stale: true, warming: false })
    server.cut()
    await clock.advance(300)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    expect(get('ada').stale).toBe(false)
  })
})
