import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import type { Topic } from '../../src/protocol.ts'
import { createSessionRig } from './session-rig.ts'

const watch = (id: number, ...topics: Topic[]) => ({
  type: 'watch' as const,
  id,
  topics: topics.map((topic) => ({ topic })),
})

describe('watching', () => {
  it('begins with a snapshot, then the ack, then diffs', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say(watch(1, 'space:room'))
    expect(ada.sent.map(({ type }) => type)).toEqual(['snapshot', 'ack'])
    expect(ada.last('snapshot').topics).toMatchObject([
      { topic: 'space:room', mode: 'list', users: [{ userId: 'ada' }] },
    ])
    await rig.welcomed('bob')
    await rig.clock.advance(20)
    expect(ada.last('diff')).toMatchObject({ topic: 'space:room', set: [{ userId: 'bob', status: 'online' }] })
  })

  it('of several topics gets their snapshots in one message', async () => {
    await using rig = await createSessionRig()
    await rig.welcomed('bob')
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say(watch(1, 'space:room', 'user:bob', 'count:other'))
    expect(ada.sent.map(({ type }) => type)).toEqual(['snapshot', 'ack'])
    expect(
      ada
        .last('snapshot')
        .topics.map(({ topic }) => topic)
        .sort(),
    ).toEqual(['count:other', 'space:room', 'user:bob'])
  })

  it('never sees a diff before its snapshot, even if that waits for others', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    // One space is slow to read: what was read before waits for it.
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      async list(query, cursor, limit) {
        if (query.space === 'other') await held
        return store.list(query, cursor, limit)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say(watch(1, 'space:room', 'space:other'))
    expect(ada.sent).toEqual([])
    await rig.welcomed('bob')
    const [first, second] = ada.sent
    expect(first).toMatchObject({ type: 'snapshot', topics: [{ topic: 'space:room', users: [{ userId: 'ada' }] }] })
    expect(second).toMatchObject({ type: 'diff', topic: 'space:room', set: [{ userId: 'bob' }] })
    release()
    await rig.clock.settle()
    expect(ada.sent.slice(-2)).toMatchObject([
      { type: 'snapshot', topics: [{ topic: 'space:other' }] },
      { type: 'ack', id: 1 },
    ])
  })

  it('does not let a slow topic hold up the others for long', async () => {
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      list: (query, cursor, limit) =>
        query.space === 'other' ? new Promise(() => {}) : store.list(query, cursor, limit),
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room', 'space:other'))
    await rig.clock.advance(20)
    expect(ada.last('snapshot').topics.map(({ topic }) => topic)).toEqual(['space:room'])
    await ada.say({ type: 'claim', id: 2, status: 'busy' })
    expect(ada.answer(2)).toEqual({ type: 'ack', id: 2 })
  })

  it('goes on where it was with the sequence of the last diff', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    const eve = await rig.welcomed('eve')
    await ada.say(watch(1, 'space:room'))
    // Somebody keeps watching: the roster lives on.
    await eve.say(watch(1, 'space:room'))
    const since = ada.last('snapshot').topics[0]?.sequence
    await ada.say({ type: 'unwatch', topics: ['space:room'] })
    await rig.welcomed('bob')
    await rig.clock.advance(20)
    expect(ada.all('diff')).toEqual([])
    await ada.say({ type: 'watch', id: 2, topics: [{ topic: 'space:room', since }] })
    expect(ada.last('replay').topics).toMatchObject([{ topic: 'space:room', diffs: [{ set: [{ userId: 'bob' }] }] }])
    await ada.say({
      type: 'watch',
      id: 3,
      topics: [{ topic: 'space:room', since: { generation: 'of another server', n: 0 } }],
    })
    expect(ada.last('snapshot').topics[0]?.users).toHaveLength(3)
  })

  it('always begins with a snapshot after the transport recovered by itself', async () => {
    await using rig = await createSessionRig()
    const eve = await rig.welcomed('eve')
    await eve.say(watch(1, 'space:room'))
    const since = eve.last('snapshot').topics[0]?.sequence
    const ada = rig.client({ recovered: true })
    await ada.hello('ada')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room', since }] })
    expect(ada.all('replay')).toEqual([])
    expect(ada.all('snapshot')).toHaveLength(1)
  })

  it('asked for twice gets a second snapshot, and ends with one unwatch', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room'))
    await ada.say(watch(2, 'space:room', 'space:room'))
    expect(ada.all('snapshot')).toHaveLength(2)
    expect(ada.rooms.size).toBe(1)
    await ada.say({ type: 'unwatch', topics: ['space:room'] })
    expect(ada.rooms.size).toBe(0)
    await rig.welcomed('bob')
    await rig.clock.advance(20)
    expect(ada.all('diff')).toEqual([])
  })

  it('ends with an unwatch that overtakes the first snapshot', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.session.receive(watch(1, 'space:room'))
    ada.session.receive({ type: 'unwatch', topics: ['space:room'] })
    await rig.clock.settle()
    expect(ada.rooms.size).toBe(0)
    await ada.say(watch(2, 'space:room'))
    expect(ada.rooms.size).toBe(1)
    expect(ada.last('snapshot').topics[0]?.topic).toBe('space:room')
  })

  it('ends with the connection', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room', 'user:bob'))
    ada.session.lost()
    expect(ada.rooms.size).toBe(0)
  })
})

describe('what may be watched', () => {
  it('are granted spaces; the rest is refused, the permitted begins all the same', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    ada.clear()
    await ada.say(watch(1, 'space:secret', 'space:room', 'count:secret'))
    expect(ada.last('snapshot').topics.map(({ topic }) => topic)).toEqual(['space:room'])
    expect(ada.answer(1)).toMatchObject({
      type: 'error',
      code: 'forbidden',
      details: { topics: ['space:secret', 'count:secret'] },
    })
    expect(rig.refusals).toEqual(['watch forbidden'])
  })

  it('is asked of canWatch, which refuses when it throws or says anything but true', async () => {
    const canWatch = ((_: unknown, topic: Topic) => {
      if (topic === 'space:other') throw new Error('no rights table')
      return 'yes'
    }) as never
    await using rig = await createSessionRig({ presence: { access: { canWatch } } })
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room', 'space:other'))
    expect(ada.answer(1)).toMatchObject({ code: 'forbidden', details: { topics: ['space:room', 'space:other'] } })
    expect(rig.errors.map(({ message }) => message)).toEqual(['access.canWatch threw'])
  })

  it('ends at the limit of a connection', async () => {
    await using rig = await createSessionRig({ presence: { limits: { watched: 2 } } })
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room', 'space:other'))
    expect(ada.answer(1)?.type).toBe('ack')
    await ada.say(watch(2, 'user:ada'))
    expect(ada.answer(2)).toMatchObject({ code: 'limit-exceeded', details: { topics: ['user:ada'] } })
    await ada.say({ type: 'unwatch', topics: ['space:other'] })
    await ada.say(watch(3, 'user:ada'))
    expect(ada.answer(3)?.type).toBe('ack')
  })

  it('is unavailable while the store cannot be read', async () => {
    let broken = false
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      list: async (...args) => {
        if (broken) throw new Error('the store is away')
        return store.list(...args)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    broken = true
    await ada.say(watch(1, 'space:room'))
    expect(ada.answer(1)).toMatchObject({
      code: 'unavailable',
      details: { topics: ['space:room'] },
      retryAfterMs: 1000,
    })
    broken = false
    await ada.say(watch(2, 'space:room'))
    expect(ada.answer(2)?.type).toBe('ack')
  })
})

describe('admins', () => {
  const access = { isAdmin: (viewer: { userId: string }) => viewer.userId === 'root' }

  it('see what others do not', async () => {
    await using rig = await createSessionRig({ presence: { access } })
    const root = await rig.welcomed('root')
    const ada = await rig.welcomed('ada')
    const bob = await rig.welcomed('bob')
    await bob.say({ type: 'claim', id: 1, status: 'invisible' })
    await root.say(watch(1, 'space:room'))
    await ada.say(watch(1, 'space:room'))
    const seenBy = (client: typeof ada) =>
      client
        .last('snapshot')
        .topics[0]?.users.map(({ userId }) => userId)
        .sort()
    expect(seenBy(root)).toEqual(['ada', 'bob', 'root'])
    expect(seenBy(ada)).toEqual(['ada', 'root'])
    expect(root.last('snapshot').topics[0]?.users[0]).toHaveProperty('connections')
    expect(ada.last('snapshot').topics[0]?.users[0]).not.toHaveProperty('connections')
  })

  it('are nobody while isAdmin throws', async () => {
    const isAdmin = () => {
      throw new Error('no roles')
    }
    await using rig = await createSessionRig({ presence: { access: { isAdmin, canWatch: () => true } } })
    const root = await rig.welcomed('root')
    await root.say(watch(1, 'space:room'))
    expect(root.last('snapshot').topics[0]?.users[0]).not.toHaveProperty('connections')
  })
})
