import { describe, expect, it } from 'vitest'
import type { Authenticated } from '../../src/index.ts'
import { type Credentials, createSessionRig } from './session-rig.ts'

const HOUR = 3_600_000

/** `user` for an hour, `user!` for ever. */
const expiring = ({ token }: Credentials): Authenticated | null => {
  if (token === null || token.startsWith('bad')) return null
  if (token === 'broken') throw new Error('away')
  return {
    userId: token.replace(/[!+]/g, ''),
    spaces: token.includes('+') ? ['room', 'third'] : ['room', 'other'],
    ...(token.endsWith('!') ? {} : { expiresInMs: HOUR }),
  }
}

describe('a token that ends', () => {
  it('is announced a minute before', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(HOUR - 60_001)
    expect(ada.all('expiring')).toEqual([])
    await rig.clock.advance(1)
    expect(ada.all('expiring')).toEqual([{ type: 'expiring', inMs: 60_000 }])
  })

  it('is announced at half of its time if that is short', async () => {
    await using rig = await createSessionRig({ authenticate: () => ({ userId: 'ada', expiresInMs: 10_000 }) })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(5000)
    expect(ada.all('expiring')).toEqual([{ type: 'expiring', inMs: 5000 }])
  })

  it('ends the connection if no fresh one comes, to be tried again', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(HOUR)
    expect(ada.last('bye')).toMatchObject({ reason: 'cut-off', retryAfterMs: 0 })
    expect(ada.closes).toEqual(['bye'])
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('that is over already is refused', async () => {
    await using rig = await createSessionRig({ authenticate: () => ({ userId: 'ada', expiresInMs: 0 }) })
    const ada = rig.client()
    await ada.hello('ada')
    expect(ada.last('error').code).toBe('authentication-error')
  })

  it('of a connection that ended leaves no timer', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const before = rig.clock.pending
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'leave', scope: 'connection' })
    await rig.clock.advance(HOUR)
    expect(ada.all('expiring')).toEqual([])
    expect(rig.clock.pending).toBeLessThanOrEqual(before + 1)
  })
})

describe('a fresh token', () => {
  it('keeps the connection, unseen by anybody', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const eve = await rig.welcomed('eve!')
    await eve.say({ type: 'watch', id: 1, topics: [{ topic: 'user:ada' }] })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(HOUR - 30_000)
    eve.clear()
    await ada.say({ type: 'token', token: 'ada' })
    await rig.clock.advance(40_000)
    expect(ada.all('bye')).toEqual([])
    expect(eve.all('diff')).toEqual([])
    await rig.clock.advance(HOUR)
    expect(ada.all('expiring')).toHaveLength(2)
  })

  it('may be one that never ends', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'token', token: 'ada!' })
    await rig.clock.advance(3 * HOUR)
    expect(ada.all('bye')).toEqual([])
  })

  it('of another user ends the connection', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'token', token: 'bob' })
    expect(ada.last('error')).toMatchObject({ code: 'authentication-error' })
    expect(ada.closes).toEqual(['unauthenticated'])
    expect(rig.refusals).toEqual(['token authentication-error'])
    expect((await rig.presence.get('bob')).status).toBe('offline')
  })

  it('that is refused ends the connection', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'token', token: 'bad' })
    expect(ada.last('error').code).toBe('authentication-error')
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('that cannot be checked now changes nothing', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'token', token: 'broken' })
    expect(ada.last('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    expect(ada.answer(1)?.type).toBe('ack')
  })

  it('keeps the login that the connection belongs to', async () => {
    await using rig = await createSessionRig({
      authenticate: ({ token }) => ({ userId: 'ada', sessionId: token ?? '' }),
    })
    const ada = await rig.welcomed('login-1')
    await ada.say({ type: 'token', token: 'login-2' })
    await ada.say({ type: 'leave', scope: 'session' })
    expect(ada.last('bye').reason).toBe('sign-out')
  })

  it('with fewer spaces ends what is no longer permitted, and says so', async () => {
    await using rig = await createSessionRig({ authenticate: expiring })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }, { topic: 'space:other' }] })
    await ada.say({ type: 'token', token: 'ada+' })
    expect(ada.last('error')).toMatchObject({
      code: 'forbidden',
      details: { spaces: ['other'], topics: ['space:other'] },
    })
    expect(ada.last('self').self.spaces.map(({ space }) => space)).toEqual(['room'])
    expect(ada.rooms.size).toBe(1)
    await ada.say({ type: 'enter', id: 2, space: 'third' })
    expect(ada.answer(2)?.type).toBe('ack')
  })

  it('that makes an admin of the viewer brings the admin’s view of what is watched', async () => {
    const access = { isAdmin: (viewer: { meta: unknown }) => viewer.meta === 'admin' }
    await using rig = await createSessionRig({
      authenticate: ({ token }) => ({ userId: 'ada', spaces: ['room'], meta: token }),
      presence: { access },
    })
    const ada = await rig.welcomed('member')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    expect(ada.last('snapshot').topics[0]?.users[0]).not.toHaveProperty('connections')
    await ada.say({ type: 'token', token: 'admin' })
    expect(ada.last('snapshot').topics[0]?.users[0]).toHaveProperty('connections')
    expect(ada.rooms.size).toBe(1)
  })
})
