import { describe, expect, it } from 'vitest'
import { connectedPair, createPair, selfView, valuesOf } from './fake-server.ts'

const claim = (source: string, status: string, priority: number) => ({
  source,
  status,
  priority,
  until: null,
  connectionId: null,
})

async function quiet() {
  const pair = await connectedPair()
  pair.server.script.acks = false
  return pair
}

describe('oneself', () => {
  it('is unknown before the first welcome', () => {
    const { client } = createPair()
    expect(client.me.get()).toMatchObject({
      userId: null,
      status: 'unknown',
      isOnline: false,
      known: false,
      stale: false,
    })
  })

  it('is what the server says, and stale while there is no connection', async () => {
    const { server, clock, client } = await connectedPair()
    const values = valuesOf(client.me)
    expect(client.me.get()).toMatchObject({
      userId: 'me',
      sessionId: 's1',
      connectionId: 'c1',
      status: 'online',
      known: true,
    })
    server.say({ type: 'self', self: selfView({ status: 'away', lastActiveAt: 7 }) })
    server.cut()
    await clock.advance(250)
    expect(values).toMatchObject([
      { status: 'away', lastActiveAt: 7, stale: false },
      { status: 'away', stale: true },
      { status: 'online', connectionId: 'c2', stale: false },
    ])
    expect(Object.isFrozen(values[0]?.connections[0])).toBe(true)
  })

  it('is the same object when the server repeats itself', async () => {
    const { server, client } = await connectedPair()
    const before = client.me.get()
    server.say({ type: 'self', self: selfView() })
    expect(client.me.get()).toBe(before)
  })
})

describe('a status of one’s own', () => {
  it('BR-62: shows at once, and stays when it is saved', async () => {
    const { server, clock, client } = await quiet()
    const outcome = client.setStatus('busy', { for: '1h' })
    expect(client.me.get()).toMatchObject({
      status: 'busy',
      isOnline: true,
      pending: true,
      claims: [{ source: 'manual', status: 'busy', until: clock.now() + 3_600_000 }],
    })
    expect(server.sent).toEqual([{ type: 'claim', id: 1, source: 'manual', status: 'busy', forMs: 3_600_000 }])
    server.say({ type: 'ack', id: 1 })
    expect(await outcome).toEqual({ ok: true })
    expect(client.me.get()).toMatchObject({ status: 'busy', pending: false })
  })

  it('BR-62: is rolled back when it is refused', async () => {
    const { server, client } = await quiet()
    const outcome = client.setStatus('dnd')
    server.say({ type: 'error', id: 1, code: 'forbidden', message: 'not you' })
    expect(await outcome).toMatchObject({ ok: false, error: { code: 'forbidden', message: 'not you' } })
    expect(client.me.get()).toMatchObject({ status: 'online', claims: [], pending: false })
  })

  it('gives way to the server’s word', async () => {
    const { server, client } = await connectedPair()
    await client.setStatus('busy')
    server.say({ type: 'self', self: selfView({ status: 'dnd', claims: [claim('admin', 'dnd', 100) as never] }) })
    expect(client.me.get()).toMatchObject({ status: 'dnd', claims: [{ source: 'admin' }] })
  })

  it('does not show over a claim that outranks it', async () => {
    const { server, client } = await quiet()
    server.say({ type: 'self', self: selfView({ status: 'dnd', claims: [claim('admin', 'dnd', 100) as never] }) })
    void client.setStatus('busy')
    expect(client.me.get()).toMatchObject({ status: 'dnd', claims: [{ source: 'admin' }, { source: 'manual' }] })
  })

  it('makes nobody present who is not', async () => {
    const { server, client } = await quiet()
    server.say({ type: 'self', self: selfView({ status: 'offline' }) })
    void client.setStatus('busy')
    expect(client.me.get()).toMatchObject({ status: 'offline', isOnline: false })
  })

  it('invisible hides, and leaves the real status as it is', async () => {
    const { client } = await quiet()
    void client.setStatus('invisible')
    expect(client.me.get()).toMatchObject({ status: 'online', hidden: true })
    void client.clear()
    expect(client.me.get()).toMatchObject({ status: 'online', hidden: false, claims: [] })
  })

  it('may come from another source, bound to the connection', async () => {
    const { server, client } = await connectedPair()
    await client.setStatus('busy', { source: 'call', bound: true })
    await client.clear('call')
    expect(server.sent).toEqual([
      { type: 'claim', id: 1, source: 'call', status: 'busy', bound: true },
      { type: 'clear', id: 2, source: 'call' },
    ])
  })

  it('refuses a duration that is none', async () => {
    const { client } = await connectedPair()
    await expect(client.setStatus('busy', { for: '1 hour' as never })).rejects.toThrow(RangeError)
  })
})

describe('a message of one’s own', () => {
  it('BR-62: shows at once and is rolled back when it is refused', async () => {
    const { server, clock, client } = await quiet()
    const outcome = client.setMessage({ text: 'lunch', emoji: '🍜' }, { for: '30m' })
    expect(client.me.get().message).toEqual({ text: 'lunch', emoji: '🍜', until: clock.now() + 1_800_000 })
    expect(server.sent).toEqual([{ type: 'message', id: 1, message: { text: 'lunch', emoji: '🍜', forMs: 1_800_000 } }])
    server.say({ type: 'error', id: 1, code: 'limit-exceeded', message: 'too long' })
    expect(await outcome).toMatchObject({ ok: false })
    expect(client.me.get().message).toBe(null)
  })

  it('may be a text alone, and is cleared by null', async () => {
    const { server, client } = await connectedPair()
    await client.setMessage('back soon')
    expect(client.me.get().message).toEqual({ text: 'back soon', emoji: null, until: null })
    await client.setMessage(null)
    expect(client.me.get().message).toBe(null)
    expect(server.sent).toMatchObject([{ message: { text: 'back soon' } }, { message: null }])
  })
})

it('BR-70: durations are measured with the server’s clock, whatever this machine’s says', async () => {
  for (const skewMs of [-600_000, 600_000]) {
    const { server, clock, client } = createPair()
    server.script.welcomes = { serverTime: clock.now() + skewMs }
    void client.connect()
    await clock.advance(0)
    await clock.advance(5_000)
    expect(client.now()).toBe(clock.now() + skewMs)
    void client.setStatus('busy', { for: '1h' })
    expect(client.me.get().claims[0]?.until).toBe(client.now() + 3_600_000)
    expect(server.sentOf('claim')[0]?.forMs).toBe(3_600_000)
  }
})
