import { describe, expect, it } from 'vitest'
import { createSessionRig, type SessionRig } from './session-rig.ts'

const statusOf = async (rig: SessionRig, userId: string) => (await rig.presence.get(userId)).status

describe('leaving', () => {
  it('a connection ends it alone, at once, and says bye once it is saved', async () => {
    await using rig = await createSessionRig()
    const phone = await rig.welcomed('ada/one')
    const laptop = await rig.welcomed('ada/one')
    await phone.say({ type: 'leave', scope: 'connection' })
    expect(phone.last('bye')).toEqual({ type: 'bye', reason: 'sign-out' })
    expect(phone.closes).toEqual(['bye'])
    expect(laptop.all('bye')).toEqual([])
    expect(laptop.last('self').self.connections).toHaveLength(1)
    expect(await statusOf(rig, 'ada')).toBe('online')
  })

  it('a session ends its connections and no others, without a grace', async () => {
    await using rig = await createSessionRig()
    const tab = await rig.welcomed('ada/one')
    const otherTab = await rig.welcomed('ada/one')
    const phone = await rig.welcomed('ada/two')
    await tab.say({ type: 'leave', scope: 'session' })
    expect([tab, otherTab, phone].map((client) => client.all('bye').map(({ reason }) => reason))).toEqual([
      ['sign-out'],
      ['sign-out'],
      [],
    ])
    await phone.say({ type: 'leave', scope: 'session' })
    expect(await statusOf(rig, 'ada')).toBe('offline')
  })

  it('as the user ends every session of that user', async () => {
    await using rig = await createSessionRig()
    const clients = [await rig.welcomed('ada/one'), await rig.welcomed('ada/two')]
    const bob = await rig.welcomed('bob')
    await clients[0]?.say({ type: 'leave', scope: 'user' })
    for (const client of clients) expect(client.last('bye').reason).toBe('sign-out')
    expect(bob.all('bye')).toEqual([])
    expect(await statusOf(rig, 'ada')).toBe('offline')
  })

  it('lets the same socket say hello again later', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'leave', scope: 'connection' })
    await ada.hello('ada')
    expect(ada.all('welcome')).toHaveLength(2)
    expect(await statusOf(rig, 'ada')).toBe('online')
  })
})

describe('being ended', () => {
  it('by a kick says bye kicked', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await rig.presence.kick('ada')
    await rig.clock.settle()
    expect(ada.last('bye')).toEqual({ type: 'bye', reason: 'kicked' })
    expect(ada.closes).toEqual(['bye'])
    expect(ada.rooms.size).toBe(0)
    ada.clear()
    await ada.say({ type: 'claim', id: 2, status: 'busy' })
    expect(ada.answer(2)).toMatchObject({ code: 'no-connection' })
  })

  it('by a sign-out of the session says bye sign-out', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada/one')
    await rig.presence.signOut('ada', { sessionId: 'one' })
    await rig.clock.settle()
    expect(ada.last('bye').reason).toBe('sign-out')
  })

  it('by a node that stops says bye draining, to be tried elsewhere', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    const stopped = rig.presence.stop()
    await rig.clock.settle()
    await stopped
    expect(ada.last('bye')).toEqual({ type: 'bye', reason: 'draining', retryAfterMs: 1000 })
  })

  it('by the host that closes says bye draining, and is lost with a grace', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    rig.host.close()
    await rig.clock.settle()
    expect(ada.last('bye').reason).toBe('draining')
    expect(rig.host.size).toBe(0)
    expect(await statusOf(rig, 'ada')).toBe('online')
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect(await statusOf(rig, 'ada')).toBe('offline')
  })

  it('while its hello is answered gets the bye instead of the welcome', async () => {
    await using rig = await createSessionRig()
    let kick = () => {}
    const ada = rig.client()
    rig.presence.once('change', () => kick())
    kick = () => void rig.presence.kick('ada')
    await ada.hello('ada')
    expect(ada.all('welcome')).toEqual([])
    expect(ada.last('bye').reason).toBe('kicked')
  })
})

describe('a transport that is lost', () => {
  it('leaves the connection for a grace', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.session.lost()
    await rig.clock.advance(rig.presence.policy.graceMs - 1)
    expect(await statusOf(rig, 'ada')).toBe('online')
    await rig.clock.advance(1)
    expect(await statusOf(rig, 'ada')).toBe('offline')
  })

  it('does nothing any more, whatever still arrives', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.session.lost()
    ada.clear()
    await ada.say({ type: 'leave', scope: 'user' })
    await ada.hello('ada')
    ada.session.lost()
    expect(ada.sent).toEqual([])
    expect(rig.host.size).toBe(0)
  })

  it('may come back with the resume token: nobody sees a change', async () => {
    await using rig = await createSessionRig()
    const eve = await rig.welcomed('eve')
    await eve.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    const ada = await rig.welcomed('ada', { spaces: [{ space: 'room', state: { page: 7 } }] })
    await rig.clock.advance(20)
    eve.clear()
    const { resume } = ada.last('welcome')
    ada.session.lost()
    const again = await rig.welcomed('ada', {
      resume: resume as string,
      spaces: [{ space: 'room', state: { page: 7 } }],
    })
    await rig.clock.advance(60_000)
    expect(again.last('welcome')).toMatchObject({
      resumed: true,
      self: { spaces: [{ space: 'room', state: { page: 7 } }] },
    })
    expect(again.last('welcome').resume).not.toBe(resume)
    expect(eve.all('diff')).toEqual([])
  })
})

describe('the hint that a page goes away', () => {
  it('has a grace of its own, after which the client is told to come back', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'hint' })
    await rig.clock.advance(rig.presence.policy.hintGraceMs - 1)
    expect(await statusOf(rig, 'ada')).toBe('online')
    await rig.clock.advance(1)
    expect(await statusOf(rig, 'ada')).toBe('offline')
    expect(ada.last('bye')).toEqual({ type: 'bye', reason: 'cut-off', retryAfterMs: 0 })
  })

  it('is taken back by a hello on the same socket', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'hint' })
    await ada.hello('ada', { resume: ada.last('welcome').resume as string })
    expect(ada.last('welcome').resumed).toBe(true)
    await rig.clock.advance(60_000)
    expect(await statusOf(rig, 'ada')).toBe('online')
    expect(ada.all('bye')).toEqual([])
  })
})

describe('a leave token', () => {
  it('acts on its own connection, once, and only while that lasts', async () => {
    await using rig = await createSessionRig({ leaveTokens: true })
    const ada = await rig.welcomed('ada')
    const bob = await rig.welcomed('bob')
    const token = ada.last('welcome').leave as string
    expect(token).not.toBe(bob.last('welcome').leave)
    expect(rig.host.hint('forged')).toBe(false)
    expect(rig.host.hint(token)).toBe(true)
    expect(rig.host.hint(token)).toBe(false)
    await rig.clock.advance(rig.presence.policy.hintGraceMs)
    expect([await statusOf(rig, 'ada'), await statusOf(rig, 'bob')]).toEqual(['offline', 'online'])
    await bob.say({ type: 'leave', scope: 'connection' })
    expect(rig.host.hint(bob.last('welcome').leave as string)).toBe(false)
  })

  it('is not given unless the adapter asks for it', async () => {
    await using rig = await createSessionRig()
    expect((await rig.welcomed('ada')).last('welcome').leave).toBeNull()
  })
})
