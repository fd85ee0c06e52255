import { describe, expect, it } from 'vitest'
import { connectedPair, createPair, inRoom, selfView, seq, snapshot } from './fake-server.ts'

describe('memberships', () => {
  it('enter with a state, and exit', async () => {
    const { server, clock, client } = await connectedPair()
    const stay = client.enter('doc:1', { page: 3 })
    expect(stay.space).toBe('doc:1')
    await clock.advance(50)
    stay.exit()
    await clock.advance(50)
    expect(server.sent).toEqual([
      { type: 'enter', id: 1, space: 'doc:1', state: { page: 3 } },
      { type: 'exit', id: 2, space: 'doc:1' },
    ])
  })

  it('BR-46: are counted, and the connection exits with the last one', async () => {
    const { server, clock, client } = await connectedPair()
    const [first, second] = [client.enter('doc:1'), client.enter('doc:1')]
    await clock.advance(50)
    first.exit()
    first.exit()
    await clock.advance(1_000)
    expect(server.sentOf('exit')).toEqual([])
    second.exit()
    await clock.advance(50)
    expect(server.sent).toMatchObject([{ type: 'enter' }, { type: 'exit' }])
  })

  it('BR-45: one that ends and begins again at once is nothing to the server', async () => {
    const { server, clock, client } = await connectedPair()
    client.enter('doc:1').exit()
    const stay = client.enter('doc:1')
    await clock.advance(50)
    stay.exit()
    client.enter('doc:1')
    await clock.advance(50)
    expect(server.sent).toMatchObject([{ type: 'enter' }])
  })

  it('send the newest state, at most every 50 ms', async () => {
    const { server, clock, client } = await connectedPair()
    const stay = client.enter('doc:1', { x: 0 })
    await clock.advance(50)
    for (let x = 1; x <= 100; x++) {
      stay.setState({ x })
      await clock.advance(5)
    }
    await clock.advance(50)
    const states = server.sentOf('state')
    expect(states.length).toBeLessThanOrEqual(500 / 50 + 1)
    expect(states.at(-1)?.state).toEqual({ x: 100 })
  })

  it('a state set after the exit goes nowhere', async () => {
    const { server, clock, client } = await connectedPair()
    const [stay] = [client.enter('doc:1', 1), client.enter('doc:1')]
    await clock.advance(50)
    stay.exit()
    stay.setState(2)
    await clock.advance(50)
    expect(server.sentOf('state')).toEqual([])
  })

  it('are entered again after each welcome, with the state as it is now', async () => {
    const { server, clock, client } = await connectedPair()
    const [stays, left] = [client.enter('doc:1', 1), client.enter('doc:2')]
    await clock.advance(50)
    server.cut()
    server.sent.length = 0
    stays.setState(2)
    left.exit()
    await clock.advance(400)
    expect(server.sent).toMatchObject([
      { type: 'hello' },
      { type: 'enter', space: 'doc:1', state: 2 },
      { type: 'exit', space: 'doc:2' },
    ])
    expect(server.sent[0]).not.toHaveProperty('spaces')
  })

  it('are in the hello where the application says which spaces it wants', async () => {
    const { server, clock, client } = createPair({ spaces: ['room', { space: 'doc:1', state: 1 }] })
    const stay = client.enter('doc:2', 2)
    void client.connect()
    await clock.advance(100)
    expect(server.sent).toMatchObject([
      { type: 'hello', spaces: [{ space: 'room' }, { space: 'doc:1', state: 1 }, { space: 'doc:2', state: 2 }] },
    ])
    expect(server.sent).toHaveLength(1)
    stay.setState(3)
    await clock.advance(50)
    server.cut()
    await clock.advance(400)
    expect(server.sentOf('hello')[1]?.spaces?.[2]).toEqual({ space: 'doc:2', state: 3 })
    expect(server.sentOf('enter')).toEqual([])
  })

  it('where the page before stood, one that resumed goes on to stand for 5 s, and longer if it enters', async () => {
    const { server, clock, client } = createPair()
    const spaces = ['room', 'doc:1', 'doc:2'].map((space) => ({ space, state: null }))
    const connections = selfView().connections.map((mine) => ({ ...mine, spaces }))
    server.script.welcomes = { resumed: true, self: selfView({ connections }) }
    void client.connect()
    await clock.advance(1_000)
    client.enter('doc:2')
    await clock.advance(3_900)
    expect(server.sentOf('exit')).toEqual([])
    await clock.advance(200)
    expect(server.sentOf('exit')).toMatchObject([{ space: 'doc:1' }])
    await clock.advance(60_000)
    expect(server.sentOf('exit')).toHaveLength(1)
  })

  it('without a resume there is nothing to end, nor after the connection went', async () => {
    const { server, clock, client } = createPair()
    const connections = selfView().connections.map((mine) => ({ ...mine, spaces: [{ space: 'doc:1', state: null }] }))
    server.script.welcomes = { self: selfView({ connections }) }
    void client.connect()
    await clock.advance(10_000)
    expect(server.sentOf('exit')).toEqual([])
    server.script.welcomes = { resumed: true, self: selfView({ connections }) }
    server.cut()
    await clock.advance(600)
    client.disconnect()
    await clock.advance(10_000)
    expect([server.sentOf('exit'), clock.pending]).toEqual([[], 0])
  })

  it('one that is refused is told in the error event', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    const errors: string[] = []
    client.on('error', ({ code }) => errors.push(code))
    client.enter('vault')
    await clock.advance(50)
    server.say({ type: 'error', id: 1, code: 'forbidden', message: 'no' })
    expect(errors).toEqual(['forbidden'])
    await clock.advance(60_000)
    expect(server.sentOf('enter')).toHaveLength(1)
  })

  const passing = { type: 'error', code: 'unavailable', message: 'not now', retryAfterMs: 1_000 } as const

  it('one that could not be begun then is asked for again, with the state as it is by then', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    const stay = client.enter('doc:1', 1)
    await clock.advance(50)
    server.say({ ...passing, id: 1 })
    await clock.advance(500)
    client.enter('doc:2')
    await clock.advance(50)
    expect(server.sentOf('enter').map(({ space }) => space)).toEqual(['doc:1', 'doc:2'])
    server.script.acks = true
    await clock.advance(550)
    expect(server.sentOf('enter').slice(2)).toEqual([{ type: 'enter', id: 3, space: 'doc:1', state: 1 }])
    stay.setState(2)
    await clock.advance(50)
    stay.exit()
    await clock.advance(60_000)
    expect(server.sent.slice(3)).toMatchObject([{ type: 'state', state: 2 }, { type: 'exit' }])
  })

  it('a state, or an exit, that could not be taken then is said again', async () => {
    const { server, clock, client } = await connectedPair()
    const stay = client.enter('doc:1', 1)
    await clock.advance(50)
    server.script.acks = false
    stay.setState(2)
    await clock.advance(50)
    server.say({ ...passing, id: 2 })
    await clock.advance(1_050)
    expect(server.sent.slice(2)).toEqual([{ type: 'enter', id: 3, space: 'doc:1', state: 2 }])
    stay.exit()
    await clock.advance(50)
    server.say({ ...passing, id: 4 })
    server.script.acks = true
    await clock.advance(60_000)
    expect(server.sent.slice(3)).toEqual([
      { type: 'exit', id: 4, space: 'doc:1' },
      { type: 'exit', id: 5, space: 'doc:1' },
    ])
  })

  it('what was said since stands instead of what could not be taken', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    const stay = client.enter('doc:1', 1)
    await clock.advance(50)
    stay.setState(2)
    await clock.advance(50)
    server.say({ ...passing, id: 1 })
    // Nothing is entered yet; a server without memory of its own says so.
    server.say({ type: 'error', id: 2, code: 'forbidden', message: 'enter it first' })
    stay.setState(3)
    await clock.advance(50)
    server.script.acks = true
    server.say({ type: 'ack', id: 3 })
    await clock.advance(60_000)
    expect(server.sent).toMatchObject([{ type: 'enter' }, { type: 'state', state: 2 }, { type: 'enter', state: 3 }])
    server.script.acks = false
    stay.exit()
    await clock.advance(50)
    server.say({ ...passing, id: 4 })
    client.enter('doc:1', 4)
    await clock.advance(50)
    server.say({ type: 'ack', id: 5 })
    await clock.advance(60_000)
    expect(server.sent.slice(3)).toMatchObject([{ type: 'exit' }, { type: 'enter', state: 4 }])
  })

  it('one of which a state was on its way when it could not be begun is begun with that', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    const stay = client.enter('doc:1', 1)
    await clock.advance(50)
    stay.setState(2)
    await clock.advance(50)
    server.say({ ...passing, id: 1 })
    server.say({ type: 'error', id: 2, code: 'forbidden', message: 'enter it first' })
    server.script.acks = true
    await clock.advance(60_000)
    expect(server.sent.slice(2)).toEqual([{ type: 'enter', id: 3, space: 'doc:1', state: 2 }])
  })

  it('a connection that goes takes along what was to be said again', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.acks = false
    client.enter('doc:1', 1)
    await clock.advance(50)
    server.say({ ...passing, id: 1 })
    client.disconnect()
    await clock.advance(60_000)
    expect([server.sentOf('enter').length, clock.pending]).toEqual([1, 0])
  })
})

describe('signals', () => {
  const signal = (userId: string, forMs: number, data: unknown = null, space = 'room') => ({
    type: 'signal',
    space,
    userId,
    name: 'typing',
    data,
    forMs,
  })

  async function typing() {
    const pair = await connectedPair()
    const readable = pair.client.signals('room', 'typing')
    readable.subscribe(() => {})
    await pair.clock.advance(50)
    return { ...pair, typing: () => readable.get().map(({ userId }) => userId), readable }
  }

  it('are sent to a space, with data and a time', async () => {
    const { server, client } = await connectedPair()
    expect(client.signal('room', 'typing')).toBe(true)
    expect(client.signal('room', 'wave', { hand: 'left' }, { for: '2s' })).toBe(true)
    expect(client.signal('room', 'typing', undefined, { for: 0 })).toBe(true)
    expect(server.sent).toEqual([
      { type: 'signal', space: 'room', name: 'typing' },
      { type: 'signal', space: 'room', name: 'wave', data: { hand: 'left' }, forMs: 2_000 },
      { type: 'signal', space: 'room', name: 'typing', forMs: 0 },
    ])
  })

  it('are not kept for later', () => {
    const { client } = createPair()
    expect(client.signal('room', 'typing')).toBe(false)
  })

  it('listening to them watches the space', async () => {
    const { server } = await typing()
    expect(server.sentOf('watch').flatMap(({ topics }) => topics)).toEqual([{ topic: 'space:room' }])
  })

  it('hold until they expire, unless repeated', async () => {
    const { server, clock, typing: now } = await typing()
    server.say(signal('ada', 5_000), signal('bob', 3_000))
    expect(now()).toEqual(['ada', 'bob'])
    await clock.advance(2_000)
    server.say(signal('bob', 3_000))
    await clock.advance(2_999)
    expect(now()).toEqual(['ada', 'bob'])
    await clock.advance(1)
    expect(now()).toEqual([])
    expect(clock.pending).toBe(1)
  })

  it('end when their sender says so, or leaves the space', async () => {
    const { server, typing: now } = await typing()
    server.say({ type: 'snapshot', topics: [snapshot('space:room', [inRoom('ada'), inRoom('bob')])] })
    server.say(signal('ada', 60_000), signal('bob', 60_000), signal('ada', 0))
    expect(now()).toEqual(['bob'])
    server.say({ type: 'diff', topic: 'space:room', sequence: seq(2), set: [], gone: ['bob'] })
    expect(now()).toEqual([])
  })

  it('carry data, and are frozen', async () => {
    const { server, clock, readable } = await typing()
    server.say(signal('ada', 1_000, { at: 4 }))
    expect(readable.get()).toEqual([{ userId: 'ada', data: { at: 4 }, until: clock.now() + 1_000 }])
    expect(Object.isFrozen(readable.get())).toBe(true)
    expect(readable.get()).toBe(readable.get())
  })

  it('of oneself, of other spaces and of other names are left out', async () => {
    const { server, typing: now } = await typing()
    server.say(signal('me', 1_000), signal('ada', 1_000, null, 'hall'), { ...signal('ada', 1_000), name: 'wave' })
    expect(now()).toEqual([])
  })
})
