import { createPresence, memoryStore } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it } from 'vitest'
import { type Served, served } from './served.ts'

const asRoot = { as: 'root' }

const setStatus = (server: Served, body: object) => server.ask('PUT', '/admin/users/ada/status', { ...asRoot, body })
const statusOf = async (server: Served) => (await server.presence.get('ada')).status

describe('a status set by hand', () => {
  it('is online for an absent user until the lease is over', async () => {
    await using server = await served({ spacesOf: (userId) => [`home of ${userId}`] })
    expect((await setStatus(server, { status: 'online' })).status).toBe(204)
    expect(await server.presence.get('ada')).toMatchObject({ status: 'online', spaces: [{ space: 'home of ada' }] })
    await server.clock.advance(100_000)
    expect(await statusOf(server)).toBe('offline')
  })

  it('is online for a user who is busy, in whatever way', async () => {
    await using server = await served()
    await server.ask('PUT', '/me/status', { body: { status: 'busy' } })
    await setStatus(server, { status: 'online' })
    expect(await statusOf(server)).toBe('online')
    await server.ask('POST', '/sign-in')
    await setStatus(server, { status: 'away' })
    expect(await statusOf(server)).toBe('away')
    await setStatus(server, { status: 'online' })
    expect(await statusOf(server)).toBe('online')
  })

  it('is offline: all connections end, and nothing of what was set before comes back', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in', { as: 'ada/one' })
    await server.ask('POST', '/sign-in', { as: 'ada/two' })
    await setStatus(server, { status: 'dnd' })
    await setStatus(server, { status: 'offline' })
    expect(await server.presence.get('ada', { as: 'admin' })).toMatchObject({
      status: 'offline',
      connections: [],
      claims: [],
    })
    await server.clock.advance(1)
    await server.ask('POST', '/sign-in', { as: 'ada/one' })
    expect(await statusOf(server)).toBe('online')
  })

  it.each(['away', 'busy', 'dnd'])('is %s as a claim, until it ends', async (status) => {
    await using server = await served()
    await server.ask('POST', '/sign-in')
    await setStatus(server, { status, forMs: 60_000 })
    expect(await statusOf(server)).toBe(status)
    expect((await server.presence.get('ada', { as: 'admin' })).claims).toMatchObject([{ source: 'admin', status }])
    await server.ask('POST', '/heartbeat')
    await server.clock.advance(60_000)
    expect(await statusOf(server)).toBe('online')
  })

  it('can be taken back', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in')
    await setStatus(server, { status: 'busy' })
    expect((await server.ask('DELETE', '/admin/users/ada/status', asRoot)).status).toBe(204)
    expect(await statusOf(server)).toBe('online')
  })
})

describe('GET /admin/users', () => {
  it('lists everybody known, present ones first, and nobody twice', async () => {
    await using server = await served()
    const names = Array.from({ length: 9 }, (_, i) => `user-${i}`)
    for (const as of names) await server.ask('POST', '/sign-in', { as })
    for (const as of names.filter((_, i) => i % 2 === 0)) await server.ask('POST', '/sign-out', { as })
    for (const limit of [1, 2, 4, 5, 9, 1000]) {
      const found: { userId: string; status: string; lastSeenAt: number | null }[] = []
      let query = ''
      for (;;) {
        const { body } = await server.ask('GET', `/admin/users?limit=${limit}${query}`, asRoot)
        expect(body.users.length).toBeLessThanOrEqual(limit)
        found.push(...body.users)
        if (body.next === null) break
        query = `&cursor=${encodeURIComponent(body.next)}`
      }
      expect(found.map(({ userId }) => userId.at(-1)).join('')).toBe('135702468')
      expect(found.every(({ status, lastSeenAt }) => (status === 'offline') === (lastSeenAt !== null))).toBe(true)
    }
  })

  it('lists by status', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in', { as: 'here' })
    await server.ask('POST', '/sign-in', { as: 'gone' })
    await server.ask('POST', '/sign-out', { as: 'gone' })
    const { body } = await server.ask('GET', '/admin/users?status=offline', asRoot)
    expect(body.users).toMatchObject([{ userId: 'gone', status: 'offline', lastSeenAt: expect.any(Number) }])
  })

  it('refuses a cursor that it never gave', async () => {
    await using server = await served()
    const { status, body } = await server.ask('GET', '/admin/users?cursor=nonsense', asRoot)
    expect([status, body.code]).toEqual([400, 'bad-message'])
  })
})

describe('one user', () => {
  it('is shown as they are, with their connections', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in', { as: 'ada/laptop' })
    await server.ask('PUT', '/me/status', { as: 'ada/laptop', body: { status: 'invisible' } })
    expect((await server.ask('GET', '/admin/users/ada', asRoot)).body).toMatchObject({
      status: 'online',
      isOnline: true,
      hidden: true,
      shown: { status: 'offline' },
    })
    const { body } = await server.ask('GET', '/admin/users/ada/connections', asRoot)
    expect(body.connections).toMatchObject([{ sessionId: 'laptop', held: false, phase: 'active' }])
  })

  it('is kicked, by connection or everywhere', async () => {
    await using server = await served()
    for (const as of ['ada/one', 'ada/two']) await server.ask('POST', '/sign-in', { as })
    const { connections } = await server.presence.get('ada', { as: 'admin' })
    const connectionIds = [connections[0]?.connectionId]
    expect((await server.ask('POST', '/admin/users/ada/kick', { ...asRoot, body: { connectionIds } })).status).toBe(204)
    expect((await server.presence.get('ada', { as: 'admin' })).connections).toMatchObject([{ sessionId: 'two' }])
    await server.ask('POST', '/admin/users/ada/kick', asRoot)
    expect(await statusOf(server)).toBe('offline')
  })

  it('is forgotten', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in')
    await server.ask('POST', '/sign-out')
    expect((await server.ask('DELETE', '/admin/users/ada', asRoot)).status).toBe(204)
    const { body } = await server.ask('GET', '/admin/users/ada', asRoot)
    expect(body).toMatchObject({ status: 'offline', statusSince: null, lastSeenAt: null })
  })
})

describe('POST /admin/sweep', () => {
  it('ends now what is due, whoever left it', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    await using server = await served({ presence: { store, clock, policy: { sweepEvery: '10m' } }, clock })
    const gone = createPresence({ store, clock })
    await gone.touch({ userId: 'ada' })
    await clock.advance(90_000)
    expect(await statusOf(server)).toBe('online')
    const { status, body } = await server.ask('POST', '/admin/sweep', asRoot)
    expect([status, body.due, body.heldOff]).toEqual([200, 1, false])
    expect(await statusOf(server)).toBe('offline')
  })
})
