import { describe, expect, it } from 'vitest'
import { createSessionRig } from './session-rig.ts'

describe('a second hello on the same transport', () => {
  it('resumes its own connection without asking the page, which is busy saying hello', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    const { resume, connectionId } = ada.last('welcome')
    ada.clear()
    await ada.hello('ada', { resume: resume as string, instance: 'another page of the same tab' })
    expect(ada.sent[0]).toMatchObject({ type: 'welcome', resumed: true })
    expect(ada.last('welcome').connectionId).not.toBe(connectionId)
    expect(ada.last('welcome').self.connections).toHaveLength(1)
    expect(ada.all('bye')).toEqual([])
    expect(ada.closes).toEqual([])
  })

  it('without a resume token ends the connection that was there', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.hello('ada')
    expect(ada.last('welcome').resumed).toBe(false)
    expect((await rig.presence.get('ada', { as: 'self' })).connections).toHaveLength(1)
    expect(rig.presence.held).toBe(1)
  })

  it('as another user ends the presence of the first', async () => {
    await using rig = await createSessionRig()
    const client = await rig.welcomed('ada')
    await client.hello('bob')
    expect(client.last('welcome').userId).toBe('bob')
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('stops the watches of the first, to be asked for anew', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await ada.hello('ada', { resume: ada.last('welcome').resume as string })
    expect(ada.rooms.size).toBe(0)
    await ada.say({ type: 'watch', id: 2, topics: [{ topic: 'space:room' }] })
    expect(ada.rooms.size).toBe(1)
  })

  it('with a bad token ends what was there: a refused token has no presence', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.hello('bad')
    expect(ada.last('error').code).toBe('authentication-error')
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })

  it('that cannot be answered leaves what was there', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.hello('broken')
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    expect(ada.answer(1)).toEqual({ type: 'ack', id: 1 })
  })

  it('that cannot be answered while the connection is ended tells of the end', async () => {
    let answer: (() => void) | undefined
    await using rig = await createSessionRig({
      authenticate: ({ token }) =>
        token === 'slow'
          ? new Promise((_, reject) => {
              answer = () => reject(new Error('away'))
            })
          : { userId: token ?? '' },
    })
    const ada = await rig.welcomed('ada')
    void ada.hello('slow')
    await rig.presence.kick('ada')
    await rig.clock.settle()
    expect(ada.all('bye')).toEqual([])
    answer?.()
    await rig.clock.settle()
    expect(ada.last('bye').reason).toBe('kicked')
  })
})

describe('a resume', () => {
  it('from a new page takes the place of the old transport, which is closed without a word', async () => {
    await using rig = await createSessionRig()
    const old = await rig.welcomed('ada')
    // The old page is gone: nobody answers the probe.
    const fresh = rig.client()
    void fresh.hello('ada', { resume: old.last('welcome').resume as string })
    await rig.clock.advance(2000)
    expect(fresh.last('welcome').resumed).toBe(true)
    expect(old.closes).toEqual(['replaced'])
    expect(old.all('bye')).toEqual([])
  })

  it('from a duplicated tab is a connection of its own, for the old page answers', async () => {
    await using rig = await createSessionRig()
    const old = await rig.welcomed('ada')
    old.answerPings()
    const copy = await rig.welcomed('ada', { resume: old.last('welcome').resume as string })
    expect(copy.last('welcome')).toMatchObject({ resumed: false, self: { connections: [{}, {}] } })
    expect(old.closes).toEqual([])
    await old.say({ type: 'claim', id: 1, status: 'busy' })
    expect(old.answer(1)?.type).toBe('ack')
  })

  it('moves to the spaces that the hello names, and out of the others', async () => {
    await using rig = await createSessionRig()
    const old = await rig.welcomed('ada', { spaces: [{ space: 'room', state: 1 }] })
    old.session.lost()
    const fresh = await rig.welcomed('ada', {
      resume: old.last('welcome').resume as string,
      spaces: [{ space: 'other', state: 2 }],
    })
    expect(fresh.last('welcome').self.spaces).toEqual([{ space: 'other', state: 2 }])
    await fresh.say({ type: 'exit', id: 1, space: 'other' })
    expect(fresh.last('self').self.spaces).toEqual([])
  })

  it('that names no spaces keeps those of the old connection, but for those no longer granted', async () => {
    let granted = ['room', 'other']
    await using rig = await createSessionRig({
      authenticate: ({ token }) => ({ userId: token ?? '', spaces: granted }),
    })
    const old = await rig.welcomed('ada', {
      spaces: [
        { space: 'room', state: 1 },
        { space: 'other', state: 2 },
      ],
    })
    old.session.lost()
    granted = ['other', 'third']
    const fresh = await rig.welcomed('ada', { resume: old.last('welcome').resume as string })
    expect(fresh.last('welcome')).toMatchObject({ resumed: true, self: { spaces: [{ space: 'other', state: 2 }] } })
  })

  it('with a forged token is a connection of its own', async () => {
    await using rig = await createSessionRig()
    const victim = await rig.welcomed('ada')
    const mallory = await rig.welcomed('mallory', { resume: victim.last('welcome').resume as string })
    expect(mallory.last('welcome')).toMatchObject({ userId: 'mallory', resumed: false })
    expect(victim.closes).toEqual([])
  })
})

it('twenty reloads are seen by nobody', async () => {
  await using rig = await createSessionRig()
  const eve = await rig.welcomed('eve')
  await eve.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }, { topic: 'user:ada' }] })
  let page = await rig.welcomed('ada')
  await rig.clock.advance(1000)
  eve.clear()
  for (let i = 0; i < 20; i++) {
    await page.say({ type: 'hint' })
    page.session.lost()
    await rig.clock.advance(200)
    // Half of the pages still had their token, as a browser that keeps no session storage does not.
    page = await rig.welcomed('ada', i % 2 === 0 ? { resume: page.last('welcome').resume as string } : {})
  }
  await rig.clock.advance(60_000)
  expect(eve.all('diff')).toEqual([])
  expect(page.last('self').self.connections).toHaveLength(1)
})
