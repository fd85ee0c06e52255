import { describe, expect, it } from 'vitest'
import { connectedPair, createPair, type FakeServer, inRoom, snapshot, user } from './fake-server.ts'

const nothing = () => {}
const watched = (server: FakeServer) => server.sentOf('watch').map(({ topics }) => topics.map(({ topic }) => topic))
const unwatched = (server: FakeServer) => server.sentOf('unwatch').map(({ topics }) => topics)

describe('the watch list', () => {
  it('BR-44: is one message for all that began to be listened to at once', async () => {
    const { server, clock, client } = await connectedPair()
    for (const userId of ['ada', 'bob', 'cy']) client.user(userId).subscribe(nothing)
    await clock.advance(0)
    expect(watched(server)).toEqual([['user:ada', 'user:bob', 'user:cy']])
  })

  it('BR-44: is at most one message per 50 ms', async () => {
    const { server, clock, client } = await connectedPair()
    for (let i = 0; i < 100; i++) {
      client.user(`u${i}`).subscribe(nothing)
      await clock.advance(5)
    }
    expect(watched(server).length).toBeLessThanOrEqual(500 / 50 + 1)
    await clock.advance(50)
    expect(watched(server).flat()).toHaveLength(100)
  })

  it('BR-44: counts listeners, and ends a watch 5 s after the last one went', async () => {
    const { server, clock, client } = await connectedPair()
    const [first, second] = [client.user('ada').subscribe(nothing), client.user('ada').subscribe(nothing)]
    await clock.advance(50)
    first()
    first()
    await clock.advance(60_000)
    expect(unwatched(server)).toEqual([])
    second()
    await clock.advance(4_999)
    expect(unwatched(server)).toEqual([])
    await clock.advance(51)
    expect(unwatched(server)).toEqual([['user:ada']])
    expect(watched(server)).toHaveLength(1)
  })

  it('BR-44: listening again within 5 s changes nothing', async () => {
    const { server, clock, client } = await connectedPair()
    const stop = client.user('ada').subscribe(nothing)
    await clock.advance(50)
    stop()
    await clock.advance(4_000)
    client.user('ada').subscribe(nothing)
    await clock.advance(60_000)
    expect([watched(server), unwatched(server)]).toEqual([[['user:ada']], []])
  })

  it('what was unwatched is stale when it is listened to again, and asked for anew', async () => {
    const { server, clock, client } = await connectedPair()
    const stop = client.user('ada').subscribe(nothing)
    await clock.advance(50)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    stop()
    await clock.advance(6_000)
    expect(client.user('ada').get()).toMatchObject({ status: 'online', stale: true })
    client.user('ada').subscribe(nothing)
    await clock.advance(50)
    expect(server.sentOf('watch').at(-1)?.topics).toEqual([{ topic: 'user:ada' }])
  })

  it('is sent again after each welcome', async () => {
    const { server, clock, client } = await connectedPair()
    client.user('ada').subscribe(nothing)
    client.counts('room').subscribe(nothing)
    await clock.advance(50)
    server.cut()
    await clock.advance(400)
    expect(watched(server).flat().sort()).toEqual(['count:room', 'count:room', 'user:ada', 'user:ada'])
  })

  it('what is listened to before the first welcome is asked for after it', async () => {
    const { server, clock, client } = createPair()
    client.user('ada').subscribe(nothing)
    await clock.advance(1_000)
    void client.connect()
    await clock.advance(100)
    expect(watched(server)).toEqual([['user:ada']])
  })

  it('asks for spaces first, and for no user that one of them lists', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    client.users({ space: 'room' }).subscribe(nothing)
    for (const userId of ['ada', 'bob', 'cy']) client.user(userId).subscribe(nothing)
    await clock.advance(500)
    expect(watched(server)).toEqual([['space:room']])
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada'), inRoom('bob')])] })
    server.say({ type: 'ack', id: 1 })
    await clock.advance(50)
    expect(watched(server)).toEqual([['space:room'], ['user:cy']])
    expect(client.user('ada').get()).toMatchObject({ status: 'online', stale: false })
  })

  it('a space that is refused holds nobody up', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    const errors: unknown[] = []
    client.on('error', (error) => errors.push(error))
    client.users({ space: 'vault' }).subscribe(nothing)
    client.user('ada').subscribe(nothing)
    await clock.advance(50)
    server.say({
      type: 'error',
      id: 1,
      code: 'forbidden',
      message: 'no',
      details: { topics: ['space:vault'] },
    })
    await clock.advance(50)
    expect(watched(server)).toEqual([['space:vault'], ['user:ada']])
    expect(errors).toMatchObject([{ code: 'forbidden' }])
  })

  it('a user who was refused is asked for again once they were seen in a space and left', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    client.users({ space: 'room' }).subscribe(nothing)
    client.user('ada').subscribe(nothing)
    await clock.advance(50)
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [])] }, { type: 'ack', id: 1 })
    await clock.advance(50)
    server.say({ type: 'error', id: 2, code: 'forbidden', message: 'no', details: { topics: ['user:ada'] } })
    await clock.advance(1_000)
    expect(watched(server)).toEqual([['space:room'], ['user:ada']])
    const sequence = (n: number) => ({ generation: 'g1', n })
    server.say({ type: 'diff', topic: 'space:room', sequence: sequence(2), set: [inRoom('ada')], gone: [] })
    server.say({ type: 'diff', topic: 'space:room', sequence: sequence(3), set: [], gone: ['ada'] })
    await clock.advance(50)
    expect(watched(server)).toEqual([['space:room'], ['user:ada'], ['user:ada']])
  })

  it('asks again for what the server could not answer now', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    client.user('ada').subscribe(nothing)
    await clock.advance(50)
    server.say({ type: 'error', id: 1, code: 'unavailable', message: 'later', retryAfterMs: 1_000 })
    await clock.advance(1_050)
    expect(watched(server)).toEqual([['user:ada'], ['user:ada']])
  })

  it('keeps within the bytes of a message', async () => {
    const { server, clock, client } = await connectedPair()
    for (let i = 0; i < 300; i++) client.user(`${i}-${'x'.repeat(60)}`).subscribe(nothing)
    await clock.advance(1_000)
    const sizes = server.sentOf('watch').map((message) => new TextEncoder().encode(JSON.stringify(message)).length)
    expect(Math.max(...sizes)).toBeLessThan(16_384)
    expect(watched(server).flat()).toHaveLength(300)
  })

  it('keeps within the number of topics that a connection may watch', async () => {
    const { server, clock, client } = createPair()
    const limits = { messageBytes: 16_384, stateBytes: 2_048, spaces: 100, watched: 3, textLength: 140 }
    server.script.welcomes = { limits }
    void client.connect()
    const stops = Array.from({ length: 5 }, (_, i) => client.user(`u${i}`).subscribe(nothing))
    await clock.advance(1_000)
    expect(watched(server)).toEqual([['user:u0', 'user:u1', 'user:u2']])
    stops[0]?.()
    await clock.advance(5_200)
    expect(unwatched(server)).toEqual([['user:u0']])
    expect(watched(server).flat()).toEqual(['user:u0', 'user:u1', 'user:u2', 'user:u3'])
  })

  it('what may no longer be watched is no longer shown as fresh', async () => {
    const { server, clock, client } = await connectedPair()
    const members = client.members('room')
    members.subscribe(nothing)
    await clock.advance(50)
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada')])] })
    expect(client.user('ada').get().stale).toBe(false)
    server.say({ type: 'error', code: 'forbidden', message: 'no', details: { topics: ['space:room'] } })
    expect(members.get()).toEqual([])
    expect(client.user('ada').get().stale).toBe(true)
  })
})

it('equal readables are one while anybody listens', async () => {
  const { client } = await connectedPair()
  const readables = () => [
    client.user('ada'),
    client.users({ space: 'room' }),
    client.ids({ userIds: ['ada'], status: ['busy'] }),
    client.count({ space: 'room' }),
    client.members('room'),
    client.counts('room'),
    client.state('room', 'ada'),
    client.signals('room', 'typing'),
  ]
  for (const readable of readables()) readable.subscribe(nothing)
  const [a, b] = [readables(), readables()]
  expect(a.every((readable, i) => readable === b[i])).toBe(true)
})
