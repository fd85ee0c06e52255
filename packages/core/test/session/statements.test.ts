import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import { createSessionRig } from './session-rig.ts'

describe('a claim', () => {
  it('is acknowledged once saved, and tells the user', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    expect(ada.answer(1)).toEqual({ type: 'ack', id: 1 })
    expect(ada.last('self').self).toMatchObject({
      status: 'busy',
      claims: [{ source: 'manual', status: 'busy', until: null }],
    })
    expect((await rig.presence.get('ada')).status).toBe('busy')
  })

  it('ends after the duration it names', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'dnd', forMs: 60_000 })
    expect((await rig.presence.get('ada')).status).toBe('dnd')
    await rig.clock.advance(60_000)
    expect(ada.last('self').self.status).toBe('online')
  })

  it('has the priority of its source, whatever the client says', async () => {
    await using rig = await createSessionRig({ presence: { access: { canClaim: () => true } } })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'away', source: 'mood', priority: 1000 })
    await ada.say({ type: 'claim', id: 2, status: 'busy', source: 'manual' })
    expect(ada.last('self').self.claims.map(({ source, priority }) => `${source} ${priority}`)).toEqual([
      'mood 20',
      'manual 60',
    ])
    expect(ada.last('self').self.status).toBe('busy')
  })

  it('bound to the connection dies with it', async () => {
    await using rig = await createSessionRig({ presence: { access: { canClaim: () => true } } })
    const ada = await rig.welcomed('ada')
    const phone = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'busy', source: 'call', bound: true })
    expect(phone.last('self').self.status).toBe('busy')
    await ada.say({ type: 'leave', scope: 'connection' })
    expect(phone.last('self').self.status).toBe('online')
  })

  it('that is invisible cannot be bound', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'invisible', bound: true })
    expect(ada.answer(1)).toMatchObject({ type: 'error', code: 'no-connection' })
  })

  it('of a source that is not the user’s own is refused, to make and to end', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await rig.presence.claim('ada', { source: 'admin', status: 'dnd' })
    await ada.say({ type: 'claim', id: 1, status: 'online', source: 'admin' })
    await ada.say({ type: 'clear', id: 2, source: 'admin' })
    expect(ada.answer(1)).toMatchObject({ code: 'forbidden', details: { source: 'admin' } })
    expect(ada.answer(2)).toMatchObject({ code: 'forbidden', details: { source: 'admin' } })
    expect((await rig.presence.get('ada')).status).toBe('dnd')
    expect(rig.refusals).toEqual(['claim forbidden', 'clear forbidden'])
  })

  it('is asked of canClaim with its status, and with null to end it', async () => {
    const asked: unknown[] = []
    const canClaim = (_: unknown, claim: unknown) => {
      asked.push(claim)
      return true
    }
    await using rig = await createSessionRig({ presence: { access: { canClaim } } })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'busy', source: 'mood' })
    await ada.say({ type: 'clear', id: 2, source: 'mood' })
    expect(asked).toEqual([
      { userId: 'ada', source: 'mood', status: 'busy' },
      { userId: 'ada', source: 'mood', status: null },
    ])
    expect(ada.last('self').self.claims).toEqual([])
  })
})

describe('a status message', () => {
  it('is set, ends by itself, and is taken back', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'message', id: 1, message: { text: 'lunch', emoji: '🍜', forMs: 1000 } })
    expect(ada.answer(1)).toEqual({ type: 'ack', id: 1 })
    expect(ada.last('self').self.message).toEqual({ text: 'lunch', emoji: '🍜', until: rig.presence.now() + 1000 })
    await rig.clock.advance(1000)
    expect(ada.last('self').self.message).toBeNull()
    await ada.say({ type: 'message', id: 2, message: { text: 'back' } })
    await ada.say({ type: 'message', id: 3, message: null })
    expect(ada.last('self').self.message).toBeNull()
  })
})

describe('what the store cannot save now', () => {
  it('is answered with an error that can be tried again, never with an ack', async () => {
    let broken = false
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      save: async (writes) => {
        if (broken) throw new Error('the store is away')
        return store.save(writes)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    broken = true
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    await rig.clock.advance(60_000)
    expect(ada.answer(1)).toMatchObject({ type: 'error', code: 'unavailable', retryAfterMs: 1000 })
    broken = false
  })
})
