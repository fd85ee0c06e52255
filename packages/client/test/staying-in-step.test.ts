import { describe, expect, it } from 'vitest'
import { connectedPair, inRoom, seq, snapshot, user, valuesOf } from './fake-server.ts'

const diff = (topic: string, n: number, set: unknown[], gone: string[] = []) => ({
  type: 'diff',
  topic,
  sequence: seq(n),
  set,
  gone,
})
const _counts = (present: number) => ({ present, online: present, away: 0, busy: 0, dnd: 0 })

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

  it('a whole state of which a part was withheld is asked for anew after the next welcome, and no replay follows on it', async () => {
    const { server, clock, members } = await inARoom('ada', 'bob')
    server.say({ type: 'freshness', stale: false, warming: true })
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')], { sequence: seq(4) })] })
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada', 'bob'])
    server.cut()
    await clock.advance(300)
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'space:room' }])
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')], { sequence: seq(4) })] })
    await clock.advance(50)
    expect(members.get().map(({ userId }) => userId)).toEqual(['ada'])
  })

  it('a whole state of which nothing was withheld is followed by a replay, although its store was filling', async () => {
    const { server, clock } = await inARoom('ada', 'bob')
    server.say({ type: 'freshness', stale: false, warming: true })
    const all = [inRoom('ada'), inRoom('bob')]
    server.say({ type: 'snapshot', topics: [snapshot('space:room', all, { sequence: seq(4) })] })
    server.cut()
    await clock.advance(300)
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'space:room', since: seq(4) }])
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
