import { describe, expect, it, vi } from 'vitest'
import { connectedPair, createPair, valuesOf } from './fake-server.ts'

describe('tokens', () => {
  it('BR-60: the provider is asked for each hello', async () => {
    let n = 0
    const { server, clock } = await connectedPair({ token: async () => `token-${++n}` })
    server.cut()
    await clock.advance(1_000)
    expect(server.sentOf('hello').map(({ token }) => token)).toEqual(['token-2'])
  })

  it('BR-60: an expiring token is refreshed on the connection that stands', async () => {
    let n = 0
    const { server, clock, client } = await connectedPair({ token: async () => `token-${++n}` })
    const states = valuesOf(client.connection)
    server.say({ type: 'expiring', inMs: 60_000 })
    await clock.settle()
    expect(server.sent).toEqual([{ type: 'token', token: 'token-2' }])
    expect(states).toEqual([])
  })

  it('BR-60: a rejected token fails, and is not tried again', async () => {
    const token = vi.fn(async () => 'bad')
    const { server, clock, client } = createPair({ token })
    server.script.welcomes = false
    void client.connect()
    await clock.advance(0)
    server.say({ type: 'error', code: 'authentication-error', message: 'The token was refused' })
    expect(client.connection.get()).toMatchObject({
      status: 'failed',
      reason: 'authentication-error',
      lastError: { code: 'authentication-error', message: 'The token was refused' },
    })
    await clock.advance(3_600_000)
    expect(token).toHaveBeenCalledTimes(1)
    expect(server.opened).toBe(1)
  })

  it('BR-60: a refreshed token that is rejected fails as well', async () => {
    const { server, client } = await connectedPair()
    server.say({ type: 'error', code: 'authentication-error', message: 'The token was refused' })
    expect(client.connection.get()).toMatchObject({ status: 'failed', reason: 'authentication-error' })
  })

  it('a provider that fails is asked again later', async () => {
    const token = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue('t')
    const { clock, client } = createPair({ token })
    void client.connect()
    await clock.advance(0)
    expect(client.connection.get()).toMatchObject({
      status: 'reconnecting',
      reason: 'unavailable',
      lastError: { code: 'unavailable', message: 'Error: offline' },
    })
    await clock.advance(250)
    expect(client.connection.get().status).toBe('connected')
  })

  it('a token that comes after its attempt was given up goes nowhere', async () => {
    const answers: ((token: string) => void)[] = []
    const { server, clock, client } = createPair({ token: () => new Promise((resolve) => answers.push(resolve)) })
    void client.connect()
    await clock.advance(10_250)
    answers[0]?.('late')
    await clock.settle()
    expect(server.sent).toEqual([])
    answers[1]?.('in time')
    await clock.settle()
    expect(server.sentOf('hello').map(({ token }) => token)).toEqual(['in time'])
    expect(client.connection.get().status).toBe('connected')
  })

  it('a provider that fails while the connection stands leaves it standing', async () => {
    const token = vi.fn<() => Promise<string>>().mockResolvedValueOnce('t').mockRejectedValue(new Error('offline'))
    const { server, clock, client } = await connectedPair({ token })
    server.say({ type: 'expiring', inMs: 60_000 })
    await clock.settle()
    expect(client.connection.get().status).toBe('connected')
  })
})

describe('errors instead of a welcome', () => {
  const refusedWith = async (error: object) => {
    const pair = createPair()
    pair.server.script.welcomes = false
    void pair.client.connect()
    await pair.clock.advance(0)
    pair.server.say({ type: 'error', message: 'no', ...error })
    return pair
  }

  it('unavailable is tried again after the time named', async () => {
    const { client } = await refusedWith({ code: 'unavailable', retryAfterMs: 1_000 })
    expect(client.connection.get()).toMatchObject({
      status: 'reconnecting',
      reason: 'unavailable',
      retryInMs: 1_250,
      lastError: { code: 'unavailable', message: 'no' },
    })
  })

  it.each(['bad-message', 'limit-exceeded'])('%s fails for good', async (code) => {
    const { client } = await refusedWith({ code })
    expect(client.connection.get()).toMatchObject({ status: 'failed', reason: 'rejected', lastError: { code } })
  })

  it('an error that answers something else changes nothing', async () => {
    const { client } = await refusedWith({ code: 'forbidden' })
    expect(client.connection.get().status).toBe('connecting')
  })
})

describe('good-byes of the server', () => {
  it.each(['sign-out', 'kicked', 'refused', 'limit'] as const)('%s closes it for good', async (reason) => {
    const { server, clock, client } = await connectedPair()
    server.say({ type: 'bye', reason, message: 'so long' })
    expect(client.connection.get()).toMatchObject({
      status: 'closed',
      reason,
      lastError: { code: reason, message: 'so long' },
    })
    await clock.advance(3_600_000)
    expect(server.opened).toBe(1)
    expect(server.isAttached).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it.each(['draining', 'overloaded', 'cut-off'] as const)('%s brings it back after the time named', async (reason) => {
    const { server, clock, client } = await connectedPair()
    server.say({ type: 'bye', reason, retryAfterMs: 5_000 })
    expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason, retryInMs: 5_250 })
    await clock.advance(5_249)
    expect(server.opened).toBe(1)
    await clock.advance(1)
    expect(client.connection.get().status).toBe('connected')
  })

  it('connects anew when the application wants to, without the old resume token', async () => {
    const { server, clock, client } = await connectedPair()
    server.say({ type: 'bye', reason: 'kicked' })
    void client.connect()
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
    expect(server.sentOf('hello').at(-1)).not.toHaveProperty('resume')
  })
})
