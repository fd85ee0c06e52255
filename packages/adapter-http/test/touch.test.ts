import { createPresence, type Identity, memoryStore, type Presence } from '@rollcall/core'
import { createTestCluster, createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it } from 'vitest'
import { createTouch } from '../src/index.ts'

/** Counts what reaches the engine. */
function counted(presence: Presence): { touches: number } {
  const { touch } = presence
  const counter = { touches: 0 }
  Object.assign(presence, {
    touch(identity: Identity) {
      counter.touches++
      return touch(identity)
    },
  })
  return counter
}

describe('touch', () => {
  it('counts requests as activity, of each session once in a while', async () => {
    const clock = createVirtualClock()
    await using presence = createPresence({ store: memoryStore({ clock }), clock })
    await presence.start()
    const counter = counted(presence)
    const note = createTouch<string>(presence, (userId) => ({ userId }))
    for (let request = 0; request < 1000; request++) note('ada')
    note('grace')
    expect(counter.touches).toBe(2)
    await clock.advance(4999)
    note('ada')
    expect(counter.touches).toBe(2)
    await clock.advance(1)
    note('ada')
    expect(counter.touches).toBe(3)
    expect((await presence.get('ada')).status).toBe('online')
    expect((await presence.get('ada', { as: 'admin' })).connections).toHaveLength(1)
  })

  it('takes whoever the application names, at once or later, and nobody', async () => {
    const clock = createVirtualClock()
    await using presence = createPresence({ store: memoryStore({ clock }), clock })
    const counter = counted(presence)
    const note = createTouch<Identity | null | Promise<Identity | null>>(presence, (identity) => identity, {
      every: '1m',
    })
    note(null)
    note(Promise.resolve(null))
    note(Promise.resolve({ userId: 'ada', sessionId: 'one' }))
    note({ userId: 'ada', sessionId: 'two' })
    await clock.advance(10)
    expect(counter.touches).toBe(2)
  })

  it('never throws into the request, and says what went wrong', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const { presence } = cluster.nodes[0]
    const errors: unknown[] = []
    presence.on('error', (error) => errors.push(error.cause))
    const fault = new Error('no session store')
    createTouch(presence, () => {
      throw fault
    })({})
    createTouch(presence, async () => Promise.reject(fault))({})
    createTouch(presence, () => ({ userId: '' }))({})
    await cluster.advance(10)
    expect(errors).toHaveLength(3)
    expect(errors.filter((error) => error === fault)).toHaveLength(2)
    expect(errors).toContainEqual(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('tries again at once after it failed', async () => {
    const clock = createVirtualClock()
    await using presence = createPresence({ store: memoryStore({ clock }), clock })
    const { touch } = presence
    Object.assign(presence, { touch: () => Promise.reject(new Error('away')) })
    const note = createTouch<string>(presence, (userId) => ({ userId }))
    note('ada')
    await clock.advance(1)
    Object.assign(presence, { touch })
    note('ada')
    await clock.advance(1)
    expect((await presence.get('ada')).status).toBe('online')
  })
})

describe('touch in an outage', () => {
  it('says once in a while that it fails, not with each request', async () => {
    const clock = createVirtualClock()
    await using presence = createPresence({ store: memoryStore({ clock }), clock })
    const errors: unknown[] = []
    presence.on('error', (error) => errors.push(error))
    Object.assign(presence, { touch: () => Promise.reject(new Error('away')) })
    const note = createTouch<string>(presence, (userId) => ({ userId }))
    for (let request = 0; request < 100; request++) {
      note(`user-${request % 10}`)
      await clock.advance(10)
    }
    expect(errors).toHaveLength(1)
    await clock.advance(5000)
    note('ada')
    await clock.advance(10)
    expect(errors).toHaveLength(2)
  })
})
