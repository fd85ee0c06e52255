import { PROTOCOL_VERSION } from '@rollcall/core/protocol'
import { describe, expect, it, vi } from 'vitest'
import { connectedPair, createPair, valuesOf } from './fake-server.ts'

describe('connecting', () => {
  it('does nothing before it is asked to', async () => {
    const { server, clock, client } = createPair()
    await clock.advance(60_000)
    expect(server.opened).toBe(0)
    expect(clock.pending).toBe(0)
    expect(client.connection.get()).toMatchObject({ status: 'idle', reason: 'initial' })
  })

  it('says hello with version, token, device and a name for the page', async () => {
    const { server, clock, client } = createPair({ token: 't', device: 'phone' })
    void client.connect()
    await clock.advance(0)
    expect(server.sentOf('hello')).toEqual([
      {
        type: 'hello',
        version: PROTOCOL_VERSION,
        token: 't',
        device: 'phone',
        instance: expect.stringMatching(/.{16,}/),
      },
    ])
  })

  it('goes from idle over connecting to connected', async () => {
    const { clock, client } = createPair()
    const states = valuesOf(client.connection)
    void client.connect()
    await clock.advance(0)
    expect(states.map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
      'connecting: connect',
      'connected: welcome',
    ])
    expect(states.every(Object.isFrozen)).toBe(true)
  })

  it('resolves connect once connected, with the same promise until then', async () => {
    const { clock, client } = createPair()
    const first = client.connect()
    expect(client.connect()).toBe(first)
    await clock.advance(0)
    expect(await first).toMatchObject({ status: 'connected' })
    expect(await client.connect()).toMatchObject({ status: 'connected' })
  })

  it('resolves connect when it failed, and does not reject', async () => {
    const { server, clock, client } = createPair()
    server.script.welcomes = false
    const connecting = client.connect()
    await clock.advance(0)
    server.say({ type: 'error', code: 'authentication-error', message: 'no' })
    expect(await connecting).toMatchObject({ status: 'failed', reason: 'authentication-error' })
  })

  it('names the same page in every hello, and another page otherwise', async () => {
    const [a, b] = [await connectedPair(), await connectedPair()]
    a.server.cut()
    b.server.cut()
    await a.clock.advance(1000)
    a.server.cut()
    await a.clock.advance(2000)
    await b.clock.advance(1000)
    const instances = [...a.server.sentOf('hello'), ...b.server.sentOf('hello')].map(({ instance }) => instance)
    expect(instances).toEqual([instances[0], instances[0], expect.not.stringMatching(instances[0] as string)])
  })

  it('gives an attempt up after 10 s without a welcome, and tries again', async () => {
    const { server, clock, client } = createPair()
    server.script.welcomes = false
    void client.connect()
    await clock.advance(9_999)
    expect(client.connection.get().status).toBe('connecting')
    await clock.advance(1)
    expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason: 'timeout', retryInMs: 250 })
    server.script.welcomes = {}
    await clock.advance(250)
    expect(client.connection.get().status).toBe('connected')
    expect(server.opened).toBe(2)
    expect(server.closed).toBe(1)
  })

  it('gives an attempt up after 10 s in which the transport did not open', async () => {
    const { server, clock, client } = createPair()
    server.script.opens = false
    void client.connect()
    await clock.advance(10_000)
    expect(client.connection.get()).toMatchObject({ reason: 'timeout', lastError: { code: 'timeout' } })
  })
})

describe('a connection that goes', () => {
  it('comes back with the resume token of the last welcome', async () => {
    const { server, clock, client } = await connectedPair()
    server.cut('gone')
    expect(client.connection.get()).toMatchObject({
      status: 'reconnecting',
      reason: 'transport-closed',
      retryInMs: 250,
      retryAt: clock.now() + 250,
      lastError: { code: 'transport-closed', message: 'gone' },
    })
    const states = valuesOf(client.connection)
    await clock.advance(250)
    expect(states).toMatchObject([
      { status: 'reconnecting', retryInMs: null, retryAt: null },
      { status: 'connected', lastError: null, retryInMs: null },
    ])
    expect(server.sentOf('hello')[0]).toMatchObject({ resume: 'resume-1' })
    server.cut()
    await clock.advance(1000)
    expect(server.sentOf('hello')[1]).toMatchObject({ resume: 'resume-2' })
  })

  it('waits longer after each attempt that fails', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.opens = false
    server.cut()
    const delays: unknown[] = []
    for (let i = 0; i < 8; i++) {
      const { retryInMs } = client.connection.get()
      delays.push(retryInMs)
      await clock.advance(retryInMs ?? 0)
      server.cut()
    }
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000])
  })

  it('BR-58: starts the back-off anew after 10 s of connection, not before', async () => {
    const { server, clock, client } = await connectedPair()
    const delayAfter = async (connectedMs: number) => {
      await clock.advance(connectedMs)
      server.cut()
      const { retryInMs } = client.connection.get()
      await clock.advance(retryInMs ?? 0)
      return retryInMs
    }
    expect(await delayAfter(0)).toBe(250)
    expect(await delayAfter(9_999)).toBe(500)
    expect(await delayAfter(5_000)).toBe(1000)
    expect(await delayAfter(10_000)).toBe(250)
  })

  it('counts as trouble after 1.5 s without a connection in all, so that hiccups stay unseen', async () => {
    const { server, clock, client } = await connectedPair({ random: () => 0 })
    const outage = async (ms: number) => {
      server.script.opens = false
      server.cut()
      await clock.advance(ms)
      const { troubled } = client.connection.get()
      server.script.opens = true
      server.open()
      await clock.advance(0)
      expect(client.connection.get()).toMatchObject({ status: 'connected', troubled: false })
      return troubled
    }
    expect(await outage(1_000)).toBe(false)
    await clock.advance(2_000)
    expect(await outage(499)).toBe(false)
    expect(await outage(1)).toBe(true)
    await clock.advance(10_000)
    expect(await outage(1_499)).toBe(false)
  })

  it('keeps since while only the attempt changes', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.opens = false
    server.cut()
    const { since } = client.connection.get()
    expect(since).toBe(clock.now())
    await clock.advance(30_000)
    expect(client.connection.get()).toMatchObject({ status: 'reconnecting', since })
  })

  it('tries at once when asked to', async () => {
    const { server, clock, client } = await connectedPair({ random: () => 0.99 })
    server.script.opens = false
    for (let i = 0; i < 8; i++) {
      server.cut()
      await clock.advance(client.connection.get().retryInMs ?? 0)
    }
    server.cut()
    server.script.opens = true
    await clock.advance(2_000)
    client.reconnect()
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
  })
})

describe('messages', () => {
  it('a ping is answered inside the message handler', async () => {
    const { server } = await connectedPair()
    server.say({ type: 'ping', n: 7 })
    expect(server.sent).toEqual([{ type: 'pong', n: 7 }])
  })

  it('what is no message is counted and ignored', async () => {
    const { server, client } = await connectedPair()
    for (const bad of [null, 'x', 7, [], {}, { type: 'nonsense' }, { type: 'diff' }, { type: 'ping' }]) server.say(bad)
    expect(client.badMessages).toBe(8)
    expect(client.connection.get().status).toBe('connected')
    expect(server.sent).toEqual([])
  })

  it('a listener that throws is reported, and stops nobody else', async () => {
    const { server, clock, client } = await connectedPair()
    const reported: unknown[] = []
    const heard = vi.fn()
    const error = new Error('of the application')
    const stop = client.connection.subscribe(() => {
      throw error
    })
    client.connection.subscribe(heard)
    vi.stubGlobal('queueMicrotask', (task: () => void) => {
      try {
        task()
      } catch (thrown) {
        reported.push(thrown)
      }
    })
    server.cut()
    vi.unstubAllGlobals()
    stop()
    expect(reported).toEqual([error])
    expect(heard).toHaveBeenCalledTimes(1)
    await clock.advance(250)
    expect(client.connection.get().status).toBe('connected')
  })
})

describe('leaving', () => {
  it('disconnect ends this connection alone', async () => {
    const { server, client } = await connectedPair()
    client.disconnect()
    expect(server.sent).toEqual([{ type: 'leave', scope: 'connection' }])
    expect(client.connection.get()).toMatchObject({ status: 'closed', reason: 'disconnect' })
    expect(server.closed).toBe(1)
  })

  it('logout ends all connections of the session', async () => {
    const { server, client } = await connectedPair()
    client.logout()
    expect(server.sent).toEqual([{ type: 'leave', scope: 'session' }])
    expect(client.connection.get()).toMatchObject({ status: 'closed', reason: 'logout' })
  })

  it('a connection given up while it is being made stays closed', async () => {
    const { server, clock, client } = createPair({ token: async () => 't' })
    void client.connect()
    client.disconnect()
    await clock.advance(60_000)
    expect(client.connection.get().status).toBe('closed')
    expect(server.sent).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('whoever hears of a change may leave at once', async () => {
    const { server, clock, client } = await connectedPair()
    client.on('connection', ({ status }) => status === 'reconnecting' && client.disconnect())
    server.cut()
    await clock.advance(60_000)
    expect(client.connection.get()).toMatchObject({ status: 'closed', reason: 'disconnect' })
    expect(server.opened).toBe(1)
  })
})
