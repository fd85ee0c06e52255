import { createPresence, memoryStore } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it } from 'vitest'
import { createPresenceHandler } from '../src/index.ts'
import { type Asked, answerOf, authenticate, requestOf, served } from './served.ts'

const HIDDEN_PAGE_MS = 60_000

describe('POST /heartbeat', () => {
  it('makes a user present who has no socket, and keeps them so', async () => {
    await using server = await served()
    expect(await server.ask('POST', '/heartbeat')).toMatchObject({
      status: 200,
      body: { counted: true, leaseMs: 90_000 },
    })
    expect((await server.presence.get('ada')).status).toBe('online')
    for (let beat = 0; beat < 20; beat++) {
      await server.clock.advance(30_000)
      expect((await server.ask('POST', '/heartbeat')).body.counted).toBe(true)
    }
    expect((await server.presence.get('ada')).status).not.toBe('offline')
  })

  it('is offline one lease after the last one', async () => {
    await using server = await served({ presence: { policy: { idleAfter: false, dormantAfter: false } } })
    await server.ask('POST', '/heartbeat')
    await server.clock.advance(89_999)
    expect((await server.presence.get('ada')).status).toBe('online')
    await server.clock.advance(10_001)
    expect((await server.presence.get('ada')).status).toBe('offline')
  })

  it('lives for twice the time to the next one, and ten seconds', async () => {
    await using server = await served({ presence: { policy: { idleAfter: false, dormantAfter: false } } })
    const { body } = await server.ask('POST', '/heartbeat', { body: { nextInMs: HIDDEN_PAGE_MS } })
    expect(body.leaseMs).toBe(2 * HIDDEN_PAGE_MS + 10_000)
    await server.clock.advance(129_999)
    expect((await server.presence.get('ada')).status).toBe('online')
    await server.clock.advance(10_001)
    expect((await server.presence.get('ada')).status).toBe('offline')
  })

  it('counts once in ten seconds per session, and answers the rest', async () => {
    await using server = await served()
    expect((await server.ask('POST', '/heartbeat', { as: 'ada/one' })).body.counted).toBe(true)
    await server.clock.advance(9_999)
    const second = await server.ask('POST', '/heartbeat', { as: 'ada/one' })
    expect(second).toMatchObject({ status: 200, body: { counted: false, leaseMs: 80_001 } })
    expect((await server.ask('POST', '/heartbeat', { as: 'ada/two' })).body.counted).toBe(true)
    await server.clock.advance(1)
    expect((await server.ask('POST', '/heartbeat', { as: 'ada/one' })).body.counted).toBe(true)
  })

  it('counts within ten seconds what the last one did not say: input, or a beat much later', async () => {
    await using server = await served({ presence: { policy: { idleAfter: false, dormantAfter: false } } })
    const beat = async (body: object) => {
      const answer = await server.ask('POST', '/heartbeat', { body })
      return [answer.body.counted, answer.body.leaseMs]
    }
    expect(await beat({ nextInMs: 15_000 })).toEqual([true, 90_000])
    await server.clock.advance(1000)
    expect(await beat({ nextInMs: 15_000 })).toEqual([false, 89_000])
    expect(await beat({ nextInMs: 15_000, active: true })).toEqual([true, 90_000])
    expect(await beat({ nextInMs: 15_000, active: true })).toEqual([false, 90_000])
    await server.clock.advance(1)
    expect(await beat({ nextInMs: 300_000 })).toEqual([true, 610_000])
    expect(await beat({ nextInMs: 300_000 })).toEqual([false, 610_000])
    await server.clock.advance(600_000)
    expect((await server.presence.get('ada')).status).toBe('online')
  })

  it.each([
    ['a sign-out', 'POST', '/sign-out', 'ada/one', undefined],
    ['a sign-out of all sessions', 'POST', '/sign-out', 'ada/two', { all: true }],
    ['a kick', 'POST', '/admin/users/ada/kick', 'root', undefined],
    ['being set offline', 'PUT', '/admin/users/ada/status', 'root', { status: 'offline' }],
    ['being forgotten', 'DELETE', '/admin/users/ada', 'root', undefined],
  ])('counts at once after %s', async (_, method, path, as, body) => {
    await using server = await served()
    await server.ask('POST', '/heartbeat', { as: 'ada/one' })
    await server.ask(method, path, { as, body })
    expect((await server.presence.get('ada')).status).toBe('offline')
    expect((await server.ask('POST', '/heartbeat', { as: 'ada/one' })).body.counted).toBe(true)
    expect((await server.presence.get('ada')).status).toBe('online')
  })

  it('is no input unless it says so', async () => {
    await using server = await served()
    await server.ask('POST', '/heartbeat')
    for (let passed = 0; passed < 6; passed++) {
      await server.clock.advance(60_000)
      await server.ask('POST', '/heartbeat', { body: { active: false } })
    }
    expect((await server.presence.get('ada')).status).toBe('away')
    await server.clock.advance(60_000)
    await server.ask('POST', '/heartbeat', { body: { active: true } })
    expect((await server.presence.get('ada')).status).toBe('online')
  })

  it('is one session for all requests of a user whose login names none', async () => {
    await using server = await served()
    for (let beat = 0; beat < 40; beat++) {
      await server.clock.advance(10_000)
      await server.ask('POST', '/heartbeat')
      await server.ask('PUT', '/me/last-seen')
    }
    expect((await server.presence.get('ada', { as: 'admin' })).connections).toHaveLength(1)
  })

  it('refuses a next beat that is too far away, or no time at all', async () => {
    await using server = await served()
    for (const nextInMs of [0, -1, 1.5, 600_001, '15s', null]) {
      const { status, body } = await server.ask('POST', '/heartbeat', { body: { nextInMs } })
      expect([status, body.code, body.details.field]).toEqual([400, 'bad-message', 'nextInMs'])
    }
    expect((await server.presence.get('ada')).status).toBe('offline')
  })
})

describe('a process that was never started', () => {
  it('serves heartbeats, questions and administration, and another sweeps', async () => {
    const clock = createVirtualClock()
    const store = memoryStore({ clock })
    await using node = await served({ clock, presence: { store } })
    const serverless = createPresence({ store, clock, access: { isAdmin: ({ userId }) => userId === 'root' } })
    const handler = createPresenceHandler(serverless, { authenticate })
    const ask = async (method: string, path: string, asked?: Asked) =>
      answerOf(await handler(requestOf(method, `/presence${path}`, asked)))
    expect((await ask('POST', '/heartbeat')).body.counted).toBe(true)
    expect((await ask('PUT', '/me/status', { body: { status: 'busy' } })).status).toBe(204)
    expect((await ask('GET', '/users/ada')).body.status).toBe('busy')
    expect((await ask('POST', '/admin/sweep', { as: 'root' })).status).toBe(200)
    await clock.advance(120_000)
    expect((await ask('GET', '/users/ada')).body.status).toBe('offline')
    expect((await node.ask('GET', '/users/ada')).body.status).toBe('offline')
  })
})

describe('GET /users/:userId', () => {
  it('answers what others see, and is kept by no cache', async () => {
    await using server = await served()
    await server.ask('POST', '/heartbeat', { as: 'grace' })
    const { status, headers, body } = await server.ask('GET', '/users/grace')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      userId: 'grace',
      status: 'online',
      isOnline: true,
      statusSince: expect.any(Number),
      lastSeenAt: null,
      message: null,
      spaces: [],
    })
  })
})
