import { describe, expect, it } from 'vitest'
import { createSessionRig, type TestClient } from './session-rig.ts'

const spacesOf = (client: TestClient) => client.last('self').self.spaces

describe('enter, state and exit', () => {
  it('are acknowledged once saved', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [] })
    await ada.say({ type: 'enter', id: 1, space: 'room', state: { page: 1 } })
    expect(ada.answer(1)).toEqual({ type: 'ack', id: 1 })
    expect(spacesOf(ada)).toEqual([{ space: 'room', state: { page: 1 } }])
    await ada.say({ type: 'state', id: 2, space: 'room', state: { page: 2 } })
    expect(ada.answer(2)).toEqual({ type: 'ack', id: 2 })
    expect(spacesOf(ada)).toEqual([{ space: 'room', state: { page: 2 } }])
    await ada.say({ type: 'exit', id: 3, space: 'room' })
    expect(ada.answer(3)).toEqual({ type: 'ack', id: 3 })
    expect(spacesOf(ada)).toEqual([])
  })

  it('are seen by who watches the space', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [] })
    const bob = await rig.welcomed('bob')
    await bob.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await ada.say({ type: 'enter', id: 1, space: 'room', state: 'here' })
    await rig.clock.advance(20)
    expect(bob.last('diff').set).toMatchObject([{ userId: 'ada', spaces: [{ space: 'room', state: 'here' }] }])
    await ada.say({ type: 'exit', id: 2, space: 'room' })
    await rig.clock.advance(20)
    expect(bob.last('diff')).toMatchObject({ set: [], gone: ['ada'] })
  })

  it('happen in the order they were sent, although permission takes its time', async () => {
    let settle = () => {}
    const slow = new Promise<boolean>((resolve) => {
      settle = () => resolve(true)
    })
    await using rig = await createSessionRig({ presence: { access: { canEnter: () => slow } } })
    const ada = rig.client()
    void ada.hello('ada', { spaces: [] })
    await ada.say({ type: 'enter', id: 1, space: 'room' })
    await ada.say({ type: 'exit', id: 2, space: 'room' })
    expect(ada.answer(2)).toBeUndefined()
    settle()
    await rig.clock.settle()
    expect(ada.sent.filter(({ type }) => type === 'ack')).toEqual([
      { type: 'ack', id: 1 },
      { type: 'ack', id: 2 },
    ])
    expect(spacesOf(ada)).toEqual([])
  })

  it('entering where one stands keeps the state, unless it brings one', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'room', state: 1 }] })
    await ada.say({ type: 'enter', id: 1, space: 'room' })
    expect(ada.answer(1)?.type).toBe('ack')
    expect((await rig.presence.get('ada')).spaces).toEqual([{ space: 'room', state: 1 }])
    await ada.say({ type: 'enter', id: 2, space: 'room', state: 2 })
    expect((await rig.presence.get('ada')).spaces).toEqual([{ space: 'room', state: 2 }])
  })
})

describe('refused is', () => {
  it('to enter what was not granted', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'enter', id: 1, space: 'secret' })
    expect(ada.answer(1)).toMatchObject({ type: 'error', code: 'forbidden', details: { space: 'secret' } })
    expect(rig.refusals).toEqual(['enter forbidden'])
  })

  it('to stand in more spaces than a connection may', async () => {
    await using rig = await createSessionRig({ presence: { limits: { spaces: 1 } } })
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'room' }] })
    await ada.say({ type: 'enter', id: 1, space: 'other' })
    expect(ada.answer(1)).toMatchObject({ code: 'limit-exceeded', details: { space: 'other', limit: 1 } })
    await ada.say({ type: 'exit', id: 2, space: 'room' })
    await ada.say({ type: 'enter', id: 3, space: 'other' })
    expect(ada.answer(3)?.type).toBe('ack')
  })

  it('a state in a space where one does not stand', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada', { spaces: [] })
    await ada.say({ type: 'state', id: 1, space: 'room', state: 1 })
    expect(ada.answer(1)).toMatchObject({ code: 'forbidden', details: { space: 'room' } })
  })

  it('anything before hello', async () => {
    await using rig = await createSessionRig()
    const ada = rig.client()
    await ada.say({ type: 'enter', id: 1, space: 'room' })
    expect(ada.answer(1)).toMatchObject({ code: 'no-connection' })
    await ada.say({ type: 'active' })
    expect(ada.sent).toHaveLength(1)
  })
})
