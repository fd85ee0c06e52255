import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'
import type { Socket } from 'socket.io-client'
import { afterEach, expect, it, vi } from 'vitest'
import { socketio } from '../../src/client.ts'
import { type RunningServer, runningServer } from '../running-server.ts'

const clients: PresenceClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose()
})

/** A client over a socket of the application's, connected. */
async function join(server: RunningServer, token: string, options: Partial<PresenceClientOptions> = {}) {
  const { socket } = await server.page()
  const client = createPresenceClient({ transport: socketio(socket), token, storage: null, ...options })
  clients.push(client)
  const { status } = await client.connect()
  return { client, socket, status }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

/** The socket breaks, and its owner brings it back. */
async function breakLine(socket: Socket) {
  socket.io.engine.close()
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
}

it('users see each other come, change and go', async () => {
  await using server = await runningServer()
  const { client: ada } = await join(server, 'ada')
  const [bob, room] = [ada.user('bob'), ada.ids({ space: 'room' })]
  bob.subscribe(() => {})
  room.subscribe(() => {})
  const { client } = await join(server, 'bob')
  await until(() => expect([bob.get().status, room.get()]).toEqual(['online', ['ada', 'bob']]))
  expect(await client.setStatus('busy', { for: '1h' })).toEqual({ ok: true })
  await client.setMessage({ text: 'writing', emoji: '✍️' })
  await until(() => expect(bob.get()).toMatchObject({ status: 'busy', message: { text: 'writing', emoji: '✍️' } }))
  client.logout()
  await until(() => expect(bob.get()).toMatchObject({ status: 'offline', stale: false }))
  await until(() => expect(room.get()).toEqual(['ada']))
  expect(ada.now() - (bob.get().lastSeenAt ?? 0)).toBeLessThan(5_000)
})

it('a line that breaks is resumed: others see nothing of it, and nothing of what was missed is missing', async () => {
  await using server = await runningServer()
  const [ada, bob] = [await join(server, 'ada'), await join(server, 'bob')]
  ada.client.members('room').subscribe(() => {})
  const stay = bob.client.enter('room', { page: 1 })
  const state = ada.client.state('room', 'bob')
  state.subscribe(() => {})
  await until(() => expect(state.get()).toEqual({ page: 1 }))
  const changes = vi.fn()
  server.presence.on('change', changes)

  await breakLine(bob.socket)
  await until(() => expect(bob.client.connection.get().status).toBe('connected'))
  expect(bob.client.me.get()).toMatchObject({ status: 'online', connections: [{ phase: 'active' }] })
  stay.setState({ page: 2 })
  await until(() => expect(state.get()).toEqual({ page: 2 }))
  expect(changes.mock.calls.filter(([{ from, to }]) => from.status !== to.status)).toEqual([])

  const before = ada.client.user('bob').get()
  ada.socket.io.engine.close()
  await until(() => expect(ada.client.user('bob').get()).toMatchObject({ status: 'online', stale: true }))
  await until(() => expect(ada.client.user('bob').get().stale).toBe(false))
  expect(ada.client.user('bob').get()).toBe(before)
})

it('a kick closes the presence for good, not the socket', async () => {
  await using server = await runningServer()
  const { client, socket } = await join(server, 'ada')
  await server.presence.kick('ada')
  await until(() => expect(client.connection.get()).toMatchObject({ status: 'closed', reason: 'kicked' }))
  expect(socket.connected).toBe(true)
})

it('a refused token fails, and the socket goes on', async () => {
  await using server = await runningServer()
  const { client, socket, status } = await join(server, 'bad')
  expect(status).toBe('failed')
  expect(client.connection.get().lastError?.code).toBe('authentication-error')
  expect(socket.connected).toBe(true)
})

it('a server that cannot tell is tried again', async () => {
  await using server = await runningServer()
  const tokens = ['broken', 'ada']
  const { client } = await server.page().then(({ socket }) => ({
    client: createPresenceClient({ transport: socketio(socket), token: () => tokens.shift() ?? 'ada', storage: null }),
  }))
  clients.push(client)
  const reasons: string[] = []
  client.on('connection', ({ reason }) => reasons.push(reason))
  await client.connect()
  expect(reasons[1]).toBe('unavailable')
  expect(client.me.get().userId).toBe('ada')
})

it('presence that is taken off the server asks its clients to come back', async () => {
  await using server = await runningServer()
  const { client } = await join(server, 'ada')
  server.attachment.close()
  await until(() => expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason: 'draining' }))
})

it('typing reaches the others in the space, and ends with the one who typed', async () => {
  await using server = await runningServer()
  const [ada, bob] = [await join(server, 'ada'), await join(server, 'bob')]
  const typing = ada.client.signals('room', 'typing')
  typing.subscribe(() => {})
  ada.client.members('room').subscribe(() => {})
  await until(() => expect(ada.client.members('room').get()).toHaveLength(2))
  bob.client.signal('room', 'typing', { where: 'title' }, { for: '30s' })
  await until(() => expect(typing.get()).toMatchObject([{ userId: 'bob', data: { where: 'title' } }]))
  bob.client.disconnect()
  await until(() => expect(typing.get()).toEqual([]))
})

it('counts and queries answer', async () => {
  await using server = await runningServer()
  const [{ client }] = [await join(server, 'ada'), await join(server, 'bob')]
  const counts = client.counts('room')
  counts.subscribe(() => {})
  await until(() => expect(counts.get()).toMatchObject({ present: 2, online: 2 }))
  expect(await client.query({ kind: 'count', space: 'room' })).toMatchObject({ present: 2 })
  const { users, next } = await client.query({ kind: 'list', space: 'room', limit: 10 })
  expect([users.map(({ userId }) => userId).sort(), next]).toEqual([['ada', 'bob'], null])
  await expect(client.query({ kind: 'count', space: 'vault' })).rejects.toMatchObject({ code: 'forbidden' })
})

it('a wake-up of a page whose socket lives costs one small question', async () => {
  await using server = await runningServer()
  let wake = () => {}
  const lifecycle: PresenceClientOptions['lifecycle'] = {
    visible: true,
    observe({ onWake }) {
      wake = onWake
      return () => {}
    },
  }
  let skippedMs = 0
  const clock: PresenceClientOptions['clock'] = {
    now: () => Date.now() + skippedMs,
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout),
  }
  const { client, socket } = await join(server, 'ada', { lifecycle, clock })
  const sent: string[] = []
  socket.onAnyOutgoing((_event, { type }) => sent.push(type))
  const states = vi.fn()
  client.on('connection', states)
  skippedMs = 5_000
  wake()
  await new Promise((resolve) => setTimeout(resolve, 200))
  wake()
  expect(sent).toEqual(['query'])
  expect(states).not.toHaveBeenCalled()
})
