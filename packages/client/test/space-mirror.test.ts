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

async function _watching(...userIds: string[]) {
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
