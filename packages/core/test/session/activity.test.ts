import { describe, expect, it } from 'vitest'
import { createSessionRig, type SessionRig } from './session-rig.ts'

const MINUTE = 60_000
const statusOf = async (rig: SessionRig) => (await rig.presence.get('ada')).status

describe('active and idle', () => {
  it('keep a user online, or away', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    for (let i = 0; i < 12; i++) {
      await rig.clock.advance(MINUTE)
      await ada.say({ type: 'active' })
    }
    expect(await statusOf(rig)).toBe('online')
    await rig.clock.advance(5 * MINUTE)
    expect(await statusOf(rig)).toBe('away')
    await ada.say({ type: 'active' })
    expect(await statusOf(rig)).toBe('online')
    await rig.clock.advance(10_000)
    await ada.say({ type: 'idle' })
    expect(await statusOf(rig)).toBe('away')
  })

  it('count at most once in ten seconds; more are ignored without a word', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'active' })
    await rig.clock.advance(9_999)
    // Had this one counted, the user would turn away five minutes after it.
    await ada.say({ type: 'active' })
    await rig.clock.advance(5 * MINUTE - 9_999)
    expect(await statusOf(rig)).toBe('away')
    expect(ada.all('error')).toEqual([])
    expect(rig.refusals).toEqual([])
  })

  it('count at once on the return from idle', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'active' })
    await rig.clock.advance(1000)
    await ada.say({ type: 'idle' })
    expect(await statusOf(rig)).toBe('away')
    await rig.clock.advance(1000)
    await ada.say({ type: 'active' })
    expect(await statusOf(rig)).toBe('online')
    // The next one must wait, or a page that blinks would write with every blink.
    await ada.say({ type: 'idle' })
    expect(await statusOf(rig)).toBe('online')
  })

  it('count at once on the return from an idleness that the server decided', async () => {
    await using rig = await createSessionRig({ presence: { policy: { idleAfter: '4s' } } })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'active' })
    await rig.clock.advance(5000)
    expect(await statusOf(rig)).toBe('away')
    await ada.say({ type: 'active' })
    expect(await statusOf(rig)).toBe('online')
  })

  it('count more often than in ten seconds where a user is idle soon', async () => {
    await using rig = await createSessionRig({ presence: { policy: { idleAfter: '4s' } } })
    const ada = await rig.welcomed('ada')
    for (let i = 0; i < 10; i++) {
      await ada.say({ type: 'active' })
      await rig.clock.advance(2000)
      expect(await statusOf(rig)).toBe('online')
    }
  })

  it('are not fatal however many come', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    for (let i = 0; i < 5000; i++) ada.session.receive({ type: i % 7 === 0 ? 'idle' : 'active' })
    await rig.clock.settle()
    expect(ada.all('bye')).toEqual([])
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    expect(ada.answer(1)?.type).toBe('ack')
  })
})

it('a beat proves nothing of a held connection', async () => {
  await using rig = await createSessionRig()
  const ada = await rig.welcomed('ada')
  for (let i = 0; i < 6; i++) {
    await rig.clock.advance(MINUTE)
    await ada.say({ type: 'beat', nextInMs: MINUTE })
  }
  expect(await statusOf(rig)).toBe('away')
})
