import { describe, expect, it, vi } from 'vitest'
import { connectedPair, inRoom, seq, snapshot, user, valuesOf } from './fake-server.ts'

const diff = (topic: string, n: number, set: unknown[], gone: string[] = []) => ({
  type: 'diff',
  topic,
  sequence: seq(n),
  set,
  gone,
})
const _counts = (present: number) => ({ present, online: present, away: 0, busy: 0, dnd: 0 })

async function watching(...userIds: string[]) {
  const pair = await connectedPair()
  const stops = userIds.map((userId) => pair.client.user(userId).subscribe(() => {}))
  await pair.clock.advance(100)
  pair.server.sent.length = 0
  return { ...pair, stops, get: (userId: string) => pair.client.user(userId).get() }
}

async function _inARoom(...userIds: string[]) {
  const pair = await connectedPair()
  const members = pair.client.members('room')
  members.subscribe(() => {})
  await pair.clock.advance(100)
  pair.server.say({
    type: 'snapshot',
    topics: [
      snapshot(
        'space:room',
        userIds.map((userId) => inRoom(userId)),
      ),
    ],
  })
  pair.server.sent.length = 0
  return { ...pair, members, get: (userId: string) => pair.client.user(userId).get() }
}

describe('a user', () => {
  it('is unknown before there is any data, and the same object until then', async () => {
    const { get } = await watching('ada')
    expect(get('ada')).toEqual({
      userId: 'ada',
      status: 'unknown',
      isOnline: false,
      statusSince: null,
      lastSeenAt: null,
      message: null,
      connections: null,
      stale: false,
      known: false,
    })
    expect(get('ada')).toBe(get('ada'))
  })

  it('is what the snapshot says, and then what the diffs say', async () => {
    const { server, client } = await watching('ada')
    const values = valuesOf(client.user('ada'))
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { statusSince: 5 })])] })
    server.say(diff('user:ada', 2, [user('ada', { status: 'offline', statusSince: 9, lastSeenAt: 9 })]))
    expect(values).toMatchObject([
      { status: 'online', isOnline: true, statusSince: 5, lastSeenAt: null, known: true, stale: false },
      { status: 'offline', isOnline: false, statusSince: 9, lastSeenAt: 9 },
    ])
  })

  it('shows connections to whoever may see them', async () => {
    const { server, get } = await watching('ada')
    const connections = [{ connectionId: 'c', sessionId: 's', phase: 'active', held: true, device: 'phone' }]
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [{ ...user('ada'), connections } as never])] })
    expect(get('ada').connections).toMatchObject([{ device: 'phone' }])
  })

  it('BR-40: calls the listeners of one user when that user changes, and no others', async () => {
    const { server, client } = await watching('ada', 'bob')
    const [ada, bob] = [vi.fn(), vi.fn()]
    client.user('ada').subscribe(ada)
    client.user('bob').subscribe(bob)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    expect([ada.mock.calls.length, bob.mock.calls.length]).toEqual([1, 0])
    server.say(diff('user:ada', 2, [user('ada')]))
    expect(ada).toHaveBeenCalledTimes(1)
  })

  it('tells the change event of known users what changed, and not of stale marks', async () => {
    const { server, client } = await watching('ada')
    const changes: string[] = []
    client.on('change', (now, before) => changes.push(`${now.userId}: ${before.status} → ${now.status}`))
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada')])] })
    server.say(diff('user:ada', 2, [user('ada', { status: 'busy' })]))
    server.cut()
    expect(changes).toEqual(['ada: online → busy'])
  })

  it('BR-42: snapshots are frozen through and through', async () => {
    const { server, get } = await watching('ada')
    const message = { text: 'hi', emoji: null, until: null }
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { message })])] })
    expect(Object.isFrozen(get('ada'))).toBe(true)
    expect(Object.isFrozen(get('ada').message)).toBe(true)
  })

  it('BR-42: who did not change keeps identity through a new snapshot', async () => {
    const { server, get } = await watching('ada', 'bob')
    const topics = (status: 'online' | 'busy') => [
      snapshot('user:ada', [user('ada', { message: { text: 'hi', emoji: null, until: null } })]),
      snapshot('user:bob', [user('bob', { status })]),
    ]
    server.say({ type: 'snapshot', topics: topics('online') })
    const [ada, bob] = [get('ada'), get('bob')]
    server.say({ type: 'snapshot', topics: topics('busy') })
    expect(get('ada')).toBe(ada)
    expect(get('bob')).not.toBe(bob)
  })

  it('can be known from a server render before there is a connection', async () => {
    const initialUsers = [user('ada', { status: 'busy' })]
    const { server, clock, client } = await connectedPair({ initialUsers })
    expect(client.initialUsers).toBe(initialUsers)
    expect(client.user('ada').get()).toMatchObject({ status: 'busy', stale: true, known: true })
    client.user('ada').subscribe(() => {})
    await clock.advance(0)
    server.say({ type: 'snapshot', topics: [snapshot('user:ada', [user('ada', { status: 'busy' })])] })
    expect(client.user('ada').get()).toMatchObject({ status: 'busy', stale: false })
  })
})
