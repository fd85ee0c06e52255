import { describe, expect, it } from 'vitest'
import type { RateLimits } from '../../src/index.ts'
import { createSessionRig } from './session-rig.ts'

/** Messages that are not measured yet. */
const UNMEASURED = 16
const claim = (id: number) => ({ type: 'claim' as const, id, status: 'busy' as const })

describe('a bad message', () => {
  it('is answered with a typed error and counted; the connection is kept', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say({ type: 'claim', id: 4, status: 'sleeping' })
    await ada.say({ type: 'dance' })
    await ada.say({ type: 'state', id: 5, space: 'room', state: 'x'.repeat(3000) })
    expect(ada.sent).toMatchObject([
      { type: 'error', id: 4, code: 'bad-message', details: { field: 'status' } },
      { type: 'error', code: 'bad-message' },
      { type: 'error', id: 5, code: 'limit-exceeded', details: { field: 'state', limit: 2048 } },
    ])
    expect(rig.refusals).toEqual(['claim bad-message', 'unknown bad-message', 'state limit-exceeded'])
    await ada.say(claim(6))
    expect(ada.answer(6)?.type).toBe('ack')
  })

  it('may be of any kind, before hello too', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    for (const raw of [undefined, null, 0, 'hello', [], () => {}, new Map(), Symbol('s'), 10n]) ada.session.receive(raw)
    await ada.hello('ada')
    expect(ada.all('error').map(({ code }) => code)).toEqual(Array(9).fill('bad-message'))
    expect(ada.all('welcome')).toHaveLength(1)
  })
})

describe('too many messages of one kind', () => {
  const rateLimits: Partial<RateLimits> = { claim: { burst: 3, perSecond: 0.5 } }

  it('are refused until there is room again; other kinds pass', async () => {
    await using rig = await createSessionRig({ rateLimits })
    const ada = await rig.welcomed('ada')
    for (let i = 1; i < UNMEASURED; i++) await ada.say({ type: 'active' })
    for (let id = 1; id <= 4; id++) await ada.say(claim(id))
    expect(ada.answer(3)?.type).toBe('ack')
    expect(ada.answer(4)).toMatchObject({ type: 'error', code: 'rate-limited', retryAfterMs: 2000 })
    expect(rig.refusals).toEqual(['claim rate-limited'])
    await ada.say({ type: 'message', id: 5, message: { text: 'still here' } })
    expect(ada.answer(5)?.type).toBe('ack')
    await rig.clock.advance(2000)
    await ada.say(claim(6))
    expect(ada.answer(6)?.type).toBe('ack')
  })

  it('of which nobody waits for an answer are dropped without a word', async () => {
    await using rig = await createSessionRig({ rateLimits: { unwatch: { burst: 1, perSecond: 1 } } })
    const ada = await rig.welcomed('ada')
    ada.clear()
    for (let i = 0; i < 50; i++) await ada.say({ type: 'unwatch', topics: ['space:room'] })
    expect(ada.sent).toEqual([])
    expect(rig.refusals).toEqual(Array(50 - UNMEASURED).fill('unwatch rate-limited'))
  })

  it('is the exception: what a client sends by itself after a welcome is never measured', async () => {
    const none = Object.fromEntries(
      ['hello', 'watch', 'enter', 'active'].map((kind) => [kind, { burst: 1, perSecond: 0.001 }]),
    )
    await using rig = await createSessionRig({ rateLimits: none })
    const ada = await rig.welcomed('ada')
    for (let id = 1; id < 10; id++) await ada.say({ type: 'watch', id, topics: [{ topic: 'space:room' }] })
    expect(ada.answer(9)?.type).toBe('ack')
  })

  it('for too long end the connection with bye overloaded, and nothing is listened to for a while', async () => {
    await using rig = await createSessionRig({ rateLimits: { ...rateLimits, patience: { burst: 10, perSecond: 1 } } })
    const ada = await rig.welcomed('ada')
    for (let id = 1; id <= 100; id++) await ada.say(claim(id))
    expect(ada.last('bye')).toEqual({ type: 'bye', reason: 'overloaded', retryAfterMs: 30_000 })
    expect(ada.closes).toEqual(['bye'])
    const heard = ada.sent.length
    await ada.hello('ada')
    expect(ada.sent).toHaveLength(heard)
    await rig.clock.advance(30_000)
    expect((await rig.presence.get('ada')).status).toBe('offline')
    await ada.hello('ada')
    expect(ada.all('welcome')).toHaveLength(2)
  })

  it('while a hello is answered bring it to nothing', async () => {
    await using rig = await createSessionRig({
      rateLimits: { patience: { burst: 1, perSecond: 1 }, bad: { burst: 1, perSecond: 1 } },
    })
    const ada = rig.client()
    ada.session.receive({ type: 'hello', version: 1, token: 'ada', instance: 'p' })
    for (let i = 0; i < 50; i++) ada.session.receive('noise')
    await rig.clock.settle()
    expect(ada.all('welcome')).toEqual([])
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('may not be limited to none at all', async () => {
    await expect(createSessionRig({ rateLimits: { claim: { burst: 0, perSecond: 1 } } })).rejects.toMatchObject({
      code: 'invalid-option',
    })
    await expect(
      createSessionRig({ rateLimits: { hellos: { burst: 1, perSecond: 1 } } as never }),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      details: { option: 'rateLimits.hellos' },
    })
  })
})

describe('a flood', () => {
  it('of a thousand bad messages is counted to the last, answered in part, and survived', async () => {
    await using rig = await createSessionRig()
    const bob = await rig.welcomed('bob')
    const mallory = await rig.welcomed('mallory')
    mallory.clear()
    for (let i = 0; i < 1000; i++) {
      mallory.session.receive(
        i % 2 === 0 ? { type: 'token', token: 'x'.repeat(20_000) } : JSON.parse('{"type":"active","__proto__":{}}'),
      )
    }
    await rig.clock.settle()
    expect(rig.refusals).toHaveLength(1000)
    expect(mallory.all('error').length).toBeLessThan(60)
    expect(mallory.last('bye').reason).toBe('overloaded')
    await bob.say(claim(1))
    expect(bob.answer(1)?.type).toBe('ack')
  })
})

describe('messages that arrive while hello is answered', () => {
  it('wait, and are acted on in their order', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    void ada.hello('ada')
    for (let id = 1; id <= 5; id++) ada.session.receive(claim(id))
    await rig.clock.settle()
    expect(
      ada.sent.filter(({ type }) => type === 'welcome' || type === 'ack').map((m) => ('id' in m ? m.id : m.type)),
    ).toEqual(['welcome', 1, 2, 3, 4, 5])
  })

  it('are refused beyond two hundred', async () => {
    await using rig = await createSessionRig({ rateLimits: { claim: { burst: 1000, perSecond: 1 } } })
    const ada = rig.client()
    void ada.hello('ada')
    for (let id = 1; id <= 201; id++) ada.session.receive(claim(id))
    for (let i = 0; i < 20; i++) await rig.clock.settle()
    expect(ada.answer(200)?.type).toBe('ack')
    expect(ada.answer(201)).toMatchObject({ code: 'rate-limited' })
  })

  it('find no connection if the hello was refused', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    void ada.hello('bad')
    ada.session.receive(claim(1))
    await rig.clock.settle()
    expect(ada.answer(1)).toMatchObject({ code: 'no-connection' })
  })
})

describe('nothing is thrown into the application', () => {
  it('when a transport throws', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client({
      send: () => {
        throw new Error('broken pipe')
      },
    })
    await ada.hello('ada')
    await ada.say(claim(1))
    expect(rig.presence.held).toBe(1)
    expect(rig.errors.map(({ message }) => message)).toContain('a transport could not send welcome')
  })

  it('when the credentials cannot be read', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client({
      credentials: () => {
        throw new Error('no handshake')
      },
    })
    await ada.hello('ada')
    expect(ada.last('error').code).toBe('unavailable')
  })

  it('when a listener of the application throws', async () => {
    await using rig = await createSessionRig()
    rig.presence.on('refused', () => {
      throw new Error('the metrics are away')
    })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'dance' })
    await ada.say(claim(1))
    expect(ada.answer(1)?.type).toBe('ack')
  })
})

it('authenticate is demanded', async () => {
  await expect(createSessionRig({ authenticate: undefined as never })).rejects.toMatchObject({
    code: 'invalid-option',
    details: { option: 'authenticate' },
  })
})
