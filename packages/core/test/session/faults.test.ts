import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import { createSessionRig } from './session-rig.ts'

/** A store whose saves fail, or wait, when told to. */
function faultyStore() {
  const control = { failsAfter: Number.POSITIVE_INFINITY, waits: null as Promise<void> | null, publishFails: false }
  let saves = 0
  const wrapStore = (store: PresenceStore): PresenceStore => ({
    ...store,
    async save(writes) {
      if (control.waits !== null) await control.waits
      if (saves++ >= control.failsAfter) throw new Error('the store is away')
      return store.save(writes)
    },
    async subscribe(listener) {
      const subscription = await store.subscribe(listener)
      return {
        ...subscription,
        async publish(signal) {
          if (control.publishFails) throw new Error('the feed is away')
          return subscription.publish(signal)
        },
      }
    },
  })
  return { control, wrapStore, savesSoFar: () => saves }
}

describe('a connection that cannot be opened', () => {
  it('is unavailable, to be tried again', async () => {
    const { control, wrapStore } = faultyStore()
    await using rig = await createSessionRig({ wrapStore })
    control.failsAfter = 0
    const ada = rig.client()
    await ada.hello('ada')
    await rig.clock.advance(20_000)
    expect(ada.last('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
    expect(ada.closes).toEqual([])
    control.failsAfter = Number.POSITIVE_INFINITY
    await rig.clock.advance(20_000)
    await ada.hello('ada')
    expect(ada.last('welcome').self.connections).toHaveLength(1)
  })

  it('in time is unavailable, and leaves again should it open after all', async () => {
    const { control, wrapStore } = faultyStore()
    await using rig = await createSessionRig({ wrapStore, authenticateWithin: '2s' })
    let answer = () => {}
    control.waits = new Promise((resolve) => {
      answer = resolve
    })
    const ada = rig.client()
    await ada.hello('ada')
    await rig.clock.advance(2000)
    expect(ada.last('error')).toMatchObject({ code: 'unavailable' })
    control.waits = null
    answer()
    await rig.clock.settle()
    expect(rig.presence.held).toBe(0)
    expect((await rig.presence.get('ada')).status).toBe('offline')
  })
})

describe('while the store is away', () => {
  it('a resumed connection that cannot move is welcomed where it stands', async () => {
    const { control, wrapStore, savesSoFar } = faultyStore()
    await using rig = await createSessionRig({ wrapStore })
    const old = await rig.welcomed('ada', { spaces: [{ space: 'room', state: 1 }] })
    old.session.lost()
    await rig.clock.settle()
    // The open is saved, what comes after it is not.
    control.failsAfter = savesSoFar() + 1
    const fresh = rig.client()
    await fresh.hello('ada', { resume: old.last('welcome').resume as string, spaces: [{ space: 'other' }] })
    await rig.clock.advance(1000)
    expect(fresh.last('welcome').resumed).toBe(true)
    expect(rig.errors.map(({ message }) => message)).toContain('a resumed connection could not move to its spaces')
    control.failsAfter = Number.POSITIVE_INFINITY
  })

  it('a leave says that it is not saved, and bye all the same', async () => {
    const { control, wrapStore } = faultyStore()
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    control.failsAfter = 0
    await ada.say({ type: 'leave', scope: 'connection' })
    await rig.clock.advance(20_000)
    expect(ada.last('error')).toMatchObject({ code: 'unavailable' })
    expect(ada.last('bye').reason).toBe('sign-out')
    control.failsAfter = Number.POSITIVE_INFINITY
  })

  it('a sign-out says that it is not saved', async () => {
    const { control, wrapStore } = faultyStore()
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    control.failsAfter = 0
    await ada.say({ type: 'leave', scope: 'user' })
    await rig.clock.advance(20_000)
    expect(ada.last('error')).toMatchObject({ code: 'unavailable' })
    control.failsAfter = Number.POSITIVE_INFINITY
  })

  it('a signal says that it did not pass', async () => {
    const { control, wrapStore } = faultyStore()
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    control.publishFails = true
    await ada.say({ type: 'signal', space: 'room', name: 'typing' })
    expect(ada.last('error')).toMatchObject({ code: 'unavailable' })
  })

  it('a space that cannot be counted is left out of the welcome', async () => {
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      count: async (query) => {
        if (query.space === 'other') throw new Error('away')
        return store.count(query)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    expect(ada.last('welcome').counts).toEqual([{ space: 'room', present: 1 }])
  })
})

it('a hello that fails for a reason nobody thought of is unavailable and reported, and the next one is answered', async () => {
  let ids = 0
  await using rig = await createSessionRig({
    randomId: () => {
      if (ids++ === 0) throw new Error('no entropy')
      return `id-${ids}`
    },
  })
  const ada = rig.client()
  await ada.hello('ada')
  expect(ada.last('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
  expect(rig.errors[0]?.cause).toMatchObject({ message: 'no entropy' })
  await ada.hello('ada')
  await rig.presence.kick('ada')
  await rig.clock.settle()
  expect(ada.last('bye').reason).toBe('kicked')
})

it('of topics refused for several reasons those come first that may be tried again', async () => {
  const wrapStore = (store: PresenceStore): PresenceStore => ({
    ...store,
    list: async (query, ...rest) => {
      if (query.space === 'other') throw new Error('away')
      return store.list(query, ...rest)
    },
  })
  await using rig = await createSessionRig({ wrapStore })
  const ada = await rig.welcomed('ada')
  ada.clear()
  await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:secret' }, { topic: 'space:other' }] })
  expect(ada.all('error').map(({ code, details }) => [code, details])).toEqual([
    ['unavailable', { topics: ['space:other'] }],
    ['forbidden', { topics: ['space:secret'] }],
  ])
})
