import { describe, expect, it } from 'vitest'
import { connectedPair, createPair, valuesOf } from './fake-server.ts'
import { manualLifecycle } from './manual-lifecycle.ts'

async function page(options: Parameters<typeof createPair>[0] = {}) {
  const lifecycle = manualLifecycle()
  return { lifecycle, ...(await connectedPair({ lifecycle, ...options })) }
}

describe('waking up with a connection', () => {
  it('asks the server for the least it can be asked, and is content with any answer', async () => {
    const { lifecycle, server, clock, client } = await page()
    await clock.advance(5_000)
    lifecycle.onWake()
    expect(server.sent).toEqual([{ type: 'query', id: 1, query: { kind: 'users', userIds: [] } }])
    await clock.advance(10_000)
    expect(client.connection.get().status).toBe('connected')
  })

  it('takes several events of one return as one', async () => {
    const { lifecycle, server, clock } = await page()
    await clock.advance(5_000)
    for (let i = 0; i < 4; i++) lifecycle.onWake()
    await clock.settle()
    lifecycle.onWake()
    expect(server.sentOf('query')).toHaveLength(1)
  })

  it('asks nothing of a server that was heard within 3 s', async () => {
    const { lifecycle, server, clock } = await page()
    await clock.advance(5_000)
    server.say({ type: 'ping', n: 1 })
    await clock.advance(2_999)
    lifecycle.onWake()
    expect(server.sentOf('query')).toEqual([])
  })

  it('BR-21: reconnects at once when the server is silent for 3 s', async () => {
    const { lifecycle, server, clock, client } = await page({ random: () => 0.99 })
    server.script.acks = false
    await clock.advance(5_000)
    lifecycle.onWake()
    const states = valuesOf(client.connection)
    await clock.advance(2_999)
    expect(states).toEqual([])
    await clock.advance(1)
    expect(states.map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
      'reconnecting: silent',
      'connected: welcome',
    ])
    expect(server.opened).toBe(2)
  })

  it('says hello again when the server knows of no connection', async () => {
    const { lifecycle, server, clock, client } = await page()
    server.script.acks = false
    await clock.advance(5_000)
    lifecycle.onWake()
    server.say({ type: 'error', id: 1, code: 'no-connection', message: 'say hello first' })
    expect(client.connection.get()).toMatchObject({ status: 'reconnecting', lastError: { code: 'no-connection' } })
    await clock.advance(250)
    expect(client.connection.get().status).toBe('connected')
  })
})

describe('waking up without a connection', () => {
  it('tries once, at once, and then goes on waiting as before', async () => {
    const { lifecycle, server, clock, client } = await page({ random: () => 0.99 })
    server.script.opens = false
    for (let i = 0; i < 7; i++) {
      server.cut()
      await clock.advance(client.connection.get().retryInMs ?? 0)
    }
    server.cut()
    await clock.advance(5_000)
    const before = server.opened
    lifecycle.onWake()
    server.cut()
    lifecycle.onWake()
    lifecycle.onWake()
    expect(server.opened).toBe(before + 1)
    expect(client.connection.get().retryInMs).toBe(29_700)
  })

  it('BR-30: an attempt older than 3 s is dropped and made anew, a younger one is let be', async () => {
    const { lifecycle, server, clock, client } = await page()
    server.script.opens = false
    server.cut()
    await clock.advance(250)
    const before = server.opened
    await clock.advance(2_999)
    lifecycle.onWake()
    expect(server.opened).toBe(before)
    await clock.advance(1)
    server.script.opens = true
    lifecycle.onWake()
    expect([server.opened, server.closed]).toEqual([before + 1, 1])
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
  })
})

describe('a suspend', () => {
  it.each([
    ['visible', 15_000 - 5_000, 'no suspend'],
    ['visible', 15_001 - 5_000, 'a suspend'],
    ['hidden', 75_000 - 5_000, 'no suspend'],
    ['hidden', 75_001 - 5_000, 'a suspend'],
  ])('BR-20: in a %s page a timer that is %i ms late tells of %s', async (visibility, lateMs, verdict) => {
    const { lifecycle, server, clock } = await page()
    await clock.advance(4_900)
    lifecycle.visible = visibility === 'visible'
    server.sent.length = 0
    clock.jump(lateMs)
    await clock.advance(5_000)
    expect(server.sentOf('query')).toHaveLength(verdict === 'a suspend' ? 1 : 0)
  })

  it('BR-20: verifies even where buffered messages arrive first', async () => {
    const { server, clock } = await page()
    clock.jump(60_000)
    server.say({ type: 'ping', n: 1 })
    await clock.advance(5_000)
    expect(server.sentOf('query')).toHaveLength(1)
  })

  it('is no suspend while timers run', async () => {
    const { server, clock } = await page()
    await clock.advance(600_000)
    expect(server.sent).toEqual([])
  })
})

it('a server that should ping and is silent is asked', async () => {
  const { server, clock, client } = createPair()
  server.script.welcomes = { pingEveryMs: 20_000 }
  void client.connect()
  await clock.advance(39_000)
  expect(server.sentOf('query')).toEqual([])
  await clock.advance(6_000)
  expect(server.sentOf('query')).toHaveLength(1)
})
