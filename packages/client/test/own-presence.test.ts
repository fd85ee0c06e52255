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

describe('without a connection', () => {
  it('BR-62: the newest wish of each source waits, never a log of them', async () => {
    const { server, clock, client } = await connectedPair()
    server.cut()
    server.sent.length = 0
    const outcomes = [
      client.setStatus('busy'),
      client.setStatus('dnd'),
      client.setMessage('a'),
      client.setStatus('away', { source: 'pager' }),
      client.setMessage('b'),
      client.clear(),
    ]
    expect(client.me.get()).toMatchObject({ message: { text: 'b' }, pending: true, stale: true })
    await clock.advance(300)
    expect(server.sent.slice(1)).toMatchObject([
      { type: 'claim', source: 'pager', status: 'away' },
      { type: 'message', message: { text: 'b' } },
      { type: 'clear', source: 'manual' },
    ])
    expect(await Promise.all(outcomes)).toEqual(Array(6).fill({ ok: true }))
  })

  it('a duration goes on running while the wish waits', async () => {
    const { server, clock, client } = await connectedPair()
    server.script.opens = false
    server.cut()
    void client.setStatus('busy', { for: '1m' })
    await clock.advance(20_000)
    server.script.opens = true
    await clock.advance(20_000)
    const sent = server.sentOf('claim')
    expect(sent).toHaveLength(1)
    expect(sent[0]?.forMs).toBeGreaterThan(20_000)
    expect(sent[0]?.forMs).toBeLessThan(40_000)
  })

  it('what was sent and not answered is sent again', async () => {
    const { server, clock, client } = await quiet()
    const outcome = client.setStatus('busy')
    server.cut()
    server.script.acks = true
    expect(client.me.get()).toMatchObject({ status: 'busy', pending: true })
    await clock.advance(300)
    expect(server.sentOf('claim')).toHaveLength(2)
    expect(await outcome).toEqual({ ok: true })
  })

  it('an answer to an earlier wish does not settle the later one', async () => {
    const { server, client } = await quiet()
    void client.setStatus('busy')
    void client.setStatus('dnd')
    server.say({ type: 'error', id: 1, code: 'rate-limited', message: 'slower' })
    expect(client.me.get()).toMatchObject({ status: 'dnd', pending: true })
    server.say({ type: 'ack', id: 2 })
    expect(client.me.get()).toMatchObject({ status: 'dnd', pending: false })
  })

  it('a wish comes to nothing when the connection ends for good', async () => {
    const { server, client } = await connectedPair()
    server.cut()
    const outcome = client.setStatus('busy')
    client.disconnect()
    expect(await outcome).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    expect(client.me.get()).toMatchObject({ status: 'online', pending: false })
  })

  it('a wish made before the first connect is kept for it', async () => {
    const { server, clock, client } = createPair()
    const outcome = client.setStatus('busy')
    expect(client.me.get()).toMatchObject({ status: 'unknown', pending: true })
    void client.connect()
    await clock.advance(0)
    expect(server.sentOf('claim')).toMatchObject([{ status: 'busy' }])
    expect(await outcome).toEqual({ ok: true })
  })
})

describe('invisible', () => {
  it('is remembered and said in each hello, so that no server shows the user for want of a memory', async () => {
    const { server, clock, client } = await connectedPair()
    await client.setStatus('invisible')
    server.cut()
    await clock.advance(300)
    expect(server.sentOf('hello')).toMatchObject([{ invisible: {} }])
  })

  it('is said with what is left of its time', async () => {
    const { server, clock, client } = await connectedPair()
    await client.setStatus('invisible', { for: '10m' })
    await clock.advance(60_000)
    server.cut()
    await clock.advance(250)
    expect(server.sentOf('hello')).toMatchObject([{ invisible: { forMs: 600_000 - 60_250 } }])
  })

  it('is said already when it was only wished for without a connection', async () => {
    const { server, clock, client } = await connectedPair()
    server.cut()
    void client.setStatus('invisible')
    await clock.advance(300)
    expect(server.sent.filter(({ type }) => type === 'hello' || type === 'claim')).toMatchObject([
      { type: 'hello', invisible: {} },
      { type: 'claim', status: 'invisible' },
    ])
  })

  it('is not said once it was cleared, nor when it is somebody else’s', async () => {
    const { server, clock, client } = await connectedPair()
    await client.setStatus('invisible')
    await client.clear()
    server.say({ type: 'self', self: selfView({ claims: [claim('admin', 'invisible', 100) as never], hidden: true }) })
    server.cut()
    await clock.advance(300)
    expect(server.sentOf('hello')[0]).not.toHaveProperty('invisible')
  })
})

describe('queries', () => {
  it('resolve to the answer', async () => {
    const { server, client } = await quiet()
    const page = client.query({ kind: 'list', space: 'room', limit: 10 })
    server.say({ type: 'ack', id: 1, result: { users: [], next: 'more' } })
    expect(await page).toEqual({ users: [], next: 'more' })
  })

  it('reject with what the server refused', async () => {
    const { server, client } = await quiet()
    const page = client.query({ kind: 'count', space: 'vault' })
    server.say({ type: 'error', id: 1, code: 'forbidden', message: 'no' })
    await expect(page).rejects.toMatchObject({ code: 'forbidden', message: 'no' })
  })

  it('reject when the connection goes, and when there is none', async () => {
    const { server, client } = await quiet()
    const page = client.query({ kind: 'users', userIds: ['ada'] })
    server.cut()
    await expect(page).rejects.toMatchObject({ code: 'unavailable' })
    await expect(client.query({ kind: 'users', userIds: ['ada'] })).rejects.toBeInstanceOf(Error)
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
