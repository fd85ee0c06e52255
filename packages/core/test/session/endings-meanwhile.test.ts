import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import type { Topic } from '../../src/protocol.ts'
import { type Credentials, createSessionRig } from './session-rig.ts'

/** Something that is waited for until it is let go. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe('a transport that is lost', () => {
  it('while the welcome counts who is there leaves a lost connection and no welcome', async () => {
    const counting = gate()
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      count: async (query) => {
        if (query.space !== undefined) await counting.opened
        return store.count(query)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = rig.client()
    await ada.hello('ada')
    ada.session.lost()
    counting.open()
    await rig.clock.settle()
    expect(ada.all('welcome')).toEqual([])
    await rig.clock.advance(rig.presence.policy.graceMs)
    expect((await rig.presence.get('ada')).status).toBe('offline')
    expect(rig.presence.held).toBe(0)
  })

  it('while it is decided what it may watch begins no watch', async () => {
    const deciding = gate()
    const canWatch = async () => {
      await deciding.opened
      return true
    }
    await using rig = await createSessionRig({ presence: { access: { canWatch } } })
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    ada.session.lost()
    deciding.open()
    await rig.clock.settle()
    expect(ada.rooms.size).toBe(0)
    expect(ada.answer(1)).toBeUndefined()
  })

  it('while a first snapshot is read joins no room', async () => {
    const reading = gate()
    const wrapStore = (store: PresenceStore): PresenceStore => ({
      ...store,
      list: async (...args) => {
        await reading.opened
        return store.list(...args)
      },
    })
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    const bob = await rig.welcomed('bob')
    for (const client of [ada, bob]) await client.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    ada.session.lost()
    reading.open()
    await rig.clock.settle()
    expect([ada.rooms.size, bob.rooms.size]).toEqual([0, 1])
    expect(ada.all('snapshot')).toEqual([])
  })

  it('while a fresh token is checked changes nothing', async () => {
    const checking = gate()
    const authenticate = async ({ token }: Credentials) => {
      if (token === 'fresh') await checking.opened
      return { userId: 'ada' }
    }
    await using rig = await createSessionRig({ authenticate })
    const ada = await rig.welcomed('old')
    ada.clear()
    await ada.say({ type: 'token', token: 'fresh' })
    ada.session.lost()
    checking.open()
    await rig.clock.settle()
    expect(ada.sent).toEqual([])
  })
})

it('those who wait for the first snapshot of one room all get it before the next diff', async () => {
  const reading = gate()
  const wrapStore = (store: PresenceStore): PresenceStore => ({
    ...store,
    list: async (query, ...rest) => {
      if (query.space === 'other') await reading.opened
      return store.list(query, ...rest)
    },
  })
  await using rig = await createSessionRig({ wrapStore })
  const clients = [await rig.welcomed('ada'), await rig.welcomed('bob')]
  const topics: { topic: Topic }[] = [{ topic: 'space:room' }, { topic: 'space:other' }]
  for (const client of clients) {
    client.clear()
    await client.say({ type: 'watch', id: 1, topics })
  }
  await rig.welcomed('eve')
  for (const client of clients) expect(client.sent.map(({ type }) => type).slice(0, 2)).toEqual(['snapshot', 'diff'])
  reading.open()
})
