import { describe, expect, it } from 'vitest'
import { createSessionRig } from './session-rig.ts'

const ping = { every: '20s', answerWithin: '15s' } as const

describe('the ping of a transport that needs one', () => {
  it('is told of in the welcome, and asked at regular intervals', async () => {
    await using rig = await createSessionRig({ ping })
    const ada = await rig.welcomed('ada')
    ada.answerPings()
    expect(ada.last('welcome').pingEveryMs).toBe(20_000)
    await rig.clock.advance(60_000)
    expect(ada.all('ping').map(({ n }) => n)).toEqual([1, 2, 3])
    expect(ada.closes).toEqual([])
  })

  it('without an answer in time ends the transport, and the connection is lost', async () => {
    await using rig = await createSessionRig({ ping })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(34_999)
    expect(ada.closes).toEqual([])
    await rig.clock.advance(1)
    expect(ada.closes).toEqual(['silent'])
    expect(rig.refusals).toEqual(['ping unanswered'])
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('is answered by the pong of its number, not by an older or a made-up one', async () => {
    await using rig = await createSessionRig({ ping })
    const ada = await rig.welcomed('ada')
    await rig.clock.advance(20_000)
    await ada.say({ type: 'pong', n: 0 })
    await ada.say({ type: 'pong', n: 99 })
    await rig.clock.advance(15_000)
    expect(ada.closes).toEqual(['silent'])
  })

  it('is not sent before the welcome, nor after the end', async () => {
    await using rig = await createSessionRig({ ping })
    const ada = rig.client()
    await rig.clock.advance(60_000)
    await ada.hello('ada')
    await ada.say({ type: 'leave', scope: 'connection' })
    await rig.clock.advance(60_000)
    expect(ada.all('ping')).toEqual([])
    expect(ada.closes).toEqual(['bye'])
  })

  it('may not be of no time at all', async () => {
    await expect(createSessionRig({ ping: { every: 0 } })).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

it('a transport that proves itself is not asked', async () => {
  await using rig = await createSessionRig({ ping: false })
  const ada = await rig.welcomed('ada')
  expect(ada.last('welcome').pingEveryMs).toBe(0)
  await rig.clock.advance(600_000)
  expect(ada.all('ping')).toEqual([])
})

it('a pong that nobody asked for does nothing', async () => {
  await using rig = await createSessionRig({ ping: false })
  const ada = await rig.welcomed('ada')
  ada.clear()
  await ada.say({ type: 'pong', n: 1 })
  expect(ada.sent).toEqual([])
})
