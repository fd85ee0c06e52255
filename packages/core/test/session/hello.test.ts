import { describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION } from '../../src/protocol.ts'
import { createSessionRig } from './session-rig.ts'

describe('a welcome', () => {
  it('says who the client is, what it may enter, and how many are there', async () => {
    await using rig = await createSessionRig()
    await rig.welcomed('bob')
    const ada = await rig.welcomed('ada/login-1')
    expect(ada.last('welcome')).toMatchObject({
      version: PROTOCOL_VERSION,
      userId: 'ada',
      sessionId: 'login-1',
      serverTime: rig.presence.now(),
      self: { userId: 'ada', status: 'online', connections: [{ sessionId: 'login-1' }] },
      spaces: ['room', 'other'],
      limits: { messageBytes: 16_384, stateBytes: 2048, spaces: 100, watched: 1000, textLength: 140 },
      counts: [
        { space: 'room', present: 2 },
        { space: 'other', present: 2 },
      ],
      resume: expect.any(String),
      resumed: false,
      pingEveryMs: 0,
    })
  })

  it('takes the user from authenticate, whatever the client says of itself', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    await ada.say({ type: 'hello', version: 1, token: 'ada', instance: 'p', userId: 'root', meta: { admin: true } })
    expect(ada.last('welcome').userId).toBe('ada')
    expect((await rig.presence.get('root')).status).toBe('offline')
  })

  it('names the connection as the session if authenticate names none', async () => {
    await using rig = await createSessionRig()
    const { connectionId, sessionId } = (await rig.welcomed('ada')).last('welcome')
    expect(sessionId).toBe(connectionId)
  })

  it('is followed by what the node does not know, and by the news when it does', async () => {
    await using rig = await createSessionRig()
    const stranger = rig.client()
    const ada = await rig.welcomed('ada')
    // A store that starts empty may have forgotten: until all had time to come back it warms up.
    expect(ada.all('freshness')).toEqual([{ type: 'freshness', stale: false, warming: true }])
    await rig.clock.advance(rig.presence.policy.drainGraceMs)
    expect(ada.last('freshness')).toEqual({ type: 'freshness', stale: false, warming: false })
    expect(stranger.sent).toEqual([])
    const bob = await rig.welcomed('bob')
    expect(bob.all('freshness')).toEqual([])
  })

  it('keeps the device that the client names, unless authenticate knows better', async () => {
    await using rig = await createSessionRig({
      authenticate: ({ token }) => ({ userId: token ?? '', ...(token === 'bob' ? { device: 'kiosk' } : {}) }),
    })
    const ada = await rig.welcomed('ada', { device: 'phone' })
    const bob = await rig.welcomed('bob', { device: 'phone' })
    expect(ada.last('welcome').self.connections[0]?.device).toBe('phone')
    expect(bob.last('welcome').self.connections[0]?.device).toBe('kiosk')
  })
})

describe('the spaces of a hello', () => {
  it('are all that were granted if it names none', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    expect(ada.last('welcome').self.spaces.map(({ space }) => space)).toEqual(['room', 'other'])
  })

  it('are those it names, with their states', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'other', state: { page: 2 } }] })
    expect(ada.last('welcome').self.spaces).toEqual([{ space: 'other', state: { page: 2 } }])
    expect(ada.last('welcome').counts).toEqual([{ space: 'other', present: 1 }])
  })

  it('leave out what was not granted, and say so after the welcome', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'secret' }, { space: 'room' }] })
    expect(ada.last('welcome').self.spaces).toEqual([{ space: 'room', state: null }])
    expect(ada.sent[0]?.type).toBe('welcome')
    expect(ada.last('error')).toMatchObject({ code: 'forbidden', details: { spaces: ['secret'] } })
    expect(rig.refusals).toEqual(['hello forbidden'])
  })

  it('are asked of canEnter, which refuses when it throws', async () => {
    const canEnter = (_: unknown, space: string) => {
      if (space === 'other') throw new Error('no rights table')
      return true
    }
    await using rig = await createSessionRig({ presence: { access: { canEnter } } })
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'anything' }, { space: 'other' }] })
    expect(ada.last('welcome').self.spaces.map(({ space }) => space)).toEqual(['anything'])
    expect(rig.errors.map(({ message }) => message)).toEqual(['access.canEnter threw'])
  })

  it('end at the limit, and the rest is named', async () => {
    await using rig = await createSessionRig({ presence: { limits: { spaces: 1 } } })
    const ada = await rig.welcomed('ada')
    expect(ada.last('welcome').self.spaces).toHaveLength(1)
    expect(ada.last('error')).toMatchObject({ code: 'limit-exceeded', details: { spaces: ['other'], limit: 1 } })
  })
})

describe('a hello that is turned away', () => {
  it('has a token that authenticate refuses: an error, no presence, and no second chance for it', async () => {
    await using rig = await createSessionRig()
    const mallory = rig.client()
    await mallory.hello('bad token')
    expect(mallory.sent).toEqual([
      { type: 'error', code: 'authentication-error', message: 'The token was refused; get a new one' },
    ])
    expect(mallory.closes).toEqual(['unauthenticated'])
    expect(rig.presence.held).toBe(0)
    expect(rig.refusals).toEqual(['hello authentication-error'])
  })

  it('meets an authenticate that throws: to be tried again, and reported', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    await ada.hello('broken')
    expect(ada.sent).toMatchObject([{ type: 'error', code: 'unavailable', retryAfterMs: 1000 }])
    expect(ada.closes).toEqual([])
    expect(rig.errors[0]?.cause).toMatchObject({ message: 'the key server is away' })
    await ada.hello('ada')
    expect(ada.last('welcome').userId).toBe('ada')
  })

  it('meets an authenticate that throws at once, or answers nonsense', async () => {
    const answers: unknown[] = [
      undefined,
      { userId: 7 },
      { userId: '' },
      { userId: 'x'.repeat(300) },
      'ada',
      { userId: 'ada', expiresInMs: '1h' },
    ]
    await using rig = await createSessionRig({
      authenticate: (() => {
        if (answers.length === 0) throw new Error('at once')
        return answers.shift()
      }) as never,
      rateLimits: { hello: { burst: 10, perSecond: 1 } },
    })
    const ada = rig.client()
    for (let i = 0; i < 7; i++) await ada.hello('ada')
    expect(ada.all('error').map(({ code }) => code)).toEqual(['authentication-error', ...Array(6).fill('unavailable')])
    expect(rig.presence.held).toBe(0)
  })

  it('meets an authenticate that does not answer', async () => {
    await using rig = await createSessionRig({ authenticate: () => new Promise(() => {}), authenticateWithin: '3s' })
    const ada = rig.client()
    await ada.hello('ada')
    await rig.clock.advance(2999)
    expect(ada.sent).toEqual([])
    await rig.clock.advance(1)
    expect(ada.last('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
  })

  it('speaks another version of the protocol', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    await ada.hello('ada', { version: 2 })
    expect(ada.sent).toMatchObject([{ type: 'bye', reason: 'refused' }])
    expect(ada.closes).toEqual(['bye'])
  })

  it('is one connection more than a user may have', async () => {
    await using rig = await createSessionRig({ presence: { policy: { maxConnections: 1 } } })
    await rig.welcomed('ada')
    const second = rig.client()
    await second.hello('ada')
    expect(second.sent).toMatchObject([{ type: 'bye', reason: 'limit' }])
    expect(rig.refusals).toEqual(['hello limit-exceeded'])
  })

  it('comes to a node that was stopped', async () => {
    await using rig = await createSessionRig()
    await rig.presence.stop()
    const ada = rig.client()
    await ada.hello('ada')
    expect(ada.sent).toMatchObject([{ type: 'bye', reason: 'draining', retryAfterMs: 1000 }])
  })

  it('never comes: the transport is closed after ten seconds', async () => {
    await using rig = await createSessionRig({ helloWithin: '10s' })
    const ada = rig.client()
    await rig.clock.advance(9999)
    expect(ada.closes).toEqual([])
    await rig.clock.advance(1)
    expect(ada.closes).toEqual(['no-hello'])
    expect(rig.refusals).toEqual(['hello no-hello'])
  })

  it('has another ten seconds after it could not be answered', async () => {
    await using rig = await createSessionRig({ helloWithin: '10s' })
    const ada = rig.client()
    await rig.clock.advance(9000)
    await ada.hello('broken')
    await rig.clock.advance(9000)
    expect(ada.closes).toEqual([])
    await ada.hello('ada')
    await rig.clock.advance(20_000)
    expect(ada.closes).toEqual([])
  })
})

describe('the transport that goes while a hello is answered', () => {
  it('leaves a connection that is lost, not one that stays', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    ada.session.receive({ type: 'hello', version: 1, token: 'ada', instance: 'p' })
    ada.session.lost()
    await rig.clock.settle()
    expect(ada.sent).toEqual([])
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
    expect(rig.host.size).toBe(0)
  })
})
