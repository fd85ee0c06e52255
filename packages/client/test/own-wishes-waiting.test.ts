import { describe, expect, it } from 'vitest'
import { connectedPair, createPair, selfView } from './fake-server.ts'

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

  it('is not said once its time is over: it would end what was chosen elsewhere since', async () => {
    const { server, clock, client } = await connectedPair()
    await client.setStatus('invisible', { for: '10s' })
    server.script.opens = false
    server.cut()
    await clock.advance(10_000)
    server.script.opens = true
    server.sent.length = 0
    await clock.advance(60_000)
    expect(server.sentOf('hello')).not.toEqual([])
    for (const hello of server.sentOf('hello')) expect(hello).not.toHaveProperty('invisible')
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
