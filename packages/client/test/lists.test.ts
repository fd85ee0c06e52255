import { describe, expect, it, vi } from 'vitest'
import { connectedPair, inRoom, seq, snapshot, user } from './fake-server.ts'

async function room(...userIds: string[]) {
  const pair = await connectedPair()
  pair.client.members('room').subscribe(() => {})
  await pair.clock.advance(50)
  pair.server.say({
    type: 'snapshot',
    topics: [
      snapshot(
        'space:room',
        userIds.map((userId) => inRoom(userId)),
      ),
    ],
  })
  let n = 1
  return {
    ...pair,
    /** The space changes, and lists have had their time. */
    async change(set: readonly ReturnType<typeof inRoom>[], gone: readonly string[] = []) {
      pair.server.say({ type: 'diff', topic: 'space:room', sequence: seq(++n), set, gone })
      await pair.clock.advance(50)
    },
  }
}

describe('ids', () => {
  it('BR-43: keep their array while only statuses outside the query change', async () => {
    const { client, change } = await room('ada', 'bob', 'cy')
    const [here, online] = [client.ids({ space: 'room' }), client.ids({ space: 'room', status: 'online' })]
    const [hears, hearsOnline] = [vi.fn(), vi.fn()]
    here.subscribe(hears)
    online.subscribe(hearsOnline)
    await change([inRoom('cy', { status: 'away' })])
    const [all, some] = [here.get(), online.get()]
    expect([all, some]).toEqual([
      ['ada', 'bob', 'cy'],
      ['ada', 'bob'],
    ])
    await change([inRoom('cy', { status: 'busy' })])
    await change([inRoom('ada', { message: { text: 'hi', emoji: null, until: null } })])
    expect(here.get()).toBe(all)
    expect(online.get()).toBe(some)
    expect([hears.mock.calls.length, hearsOnline.mock.calls.length]).toEqual([0, 1])
  })

  it('change when somebody comes, leaves, or comes to fit', async () => {
    const { client, change } = await room('ada', 'bob')
    const busy = client.ids({ space: 'room', status: ['busy', 'dnd'] })
    busy.subscribe(() => {})
    expect(busy.get()).toEqual([])
    await change([inRoom('bob', { status: 'dnd' }), inRoom('cy', { status: 'busy' })])
    expect(busy.get()).toEqual(['bob', 'cy'])
    await change([inRoom('bob')], ['cy'])
    expect(busy.get()).toEqual([])
  })

  it('are the same array for each reading, listened to or not', async () => {
    const { client } = await room('ada')
    const ids = client.ids({ space: 'room' })
    expect(ids.get()).toBe(ids.get())
    expect(Object.isFrozen(ids.get())).toBe(true)
    expect(ids.get()).toEqual(['ada'])
  })

  it('of named users are watched one by one and stand in the order given', async () => {
    const { server, clock, client } = await connectedPair()
    const query = { userIds: ['cy', 'ada'], status: ['online', 'offline'] } as const
    const ids = client.ids(query)
    const stop = ids.subscribe(() => {})
    await clock.advance(50)
    expect(server.sentOf('watch')[0]?.topics).toEqual([{ topic: 'user:cy' }, { topic: 'user:ada' }])
    expect(ids.get()).toEqual([])
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say({ type: 'snapshot', topics: [snapshot('user:cy', [user('cy', { status: 'offline' })])] })
    await clock.advance(50)
    expect(ids.get()).toEqual(['cy', 'ada'])
    stop()
    await clock.advance(5_100)
    expect(server.sentOf('unwatch').flatMap(({ topics }) => topics)).toEqual(['user:cy', 'user:ada'])
  })
})

describe('users', () => {
  it('are a new array when one of them changed, and else the same', async () => {
    const { client, change } = await room('ada', 'bob')
    const online = client.users({ space: 'room', status: 'online' })
    const heard = vi.fn()
    online.subscribe(heard)
    const before = online.get()
    await change([inRoom('ada', {}, { cursor: 1 })])
    expect(online.get()).toBe(before)
    await change([inRoom('ada', { statusSince: 2 })])
    expect(online.get()).not.toBe(before)
    expect(online.get()[1]).toBe(before[1])
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it('hold the very objects of the single readables', async () => {
    const { client } = await room('ada')
    expect(client.users({ space: 'room' }).get()[0]).toBe(client.user('ada').get())
  })
})

describe('count', () => {
  it('tells of changes of the number alone', async () => {
    const { client, change } = await room('ada', 'bob')
    const online = client.count({ space: 'room', status: 'online' })
    const heard = vi.fn()
    online.subscribe(heard)
    expect(online.get()).toBe(2)
    await change([inRoom('ada', { statusSince: 2 })])
    expect(heard).not.toHaveBeenCalled()
    await change([inRoom('ada', { status: 'away' })])
    expect([online.get(), heard.mock.calls.length]).toEqual([1, 1])
  })
})

it('changes that come close together are shown together', async () => {
  const { server, clock, client } = await room('ada')
  const heard = vi.fn()
  client.users({ space: 'room' }).subscribe(heard)
  for (let n = 2; n < 1_000; n++) {
    server.say({
      type: 'diff',
      topic: 'space:room',
      sequence: seq(n),
      set: [inRoom('ada', { statusSince: n })],
      gone: [],
    })
  }
  await clock.advance(50)
  expect(heard.mock.calls.length).toBeLessThanOrEqual(2)
  expect(client.users({ space: 'room' }).get()).toMatchObject([{ statusSince: 999 }])
})
