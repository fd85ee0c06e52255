import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'
import { afterEach, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { websocket } from '../../src/client.ts'
import { authenticate, type RunningServer, runningServer } from '../running-server.ts'

const clients: PresenceClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose()
})

async function join(server: RunningServer, token: Required<PresenceClientOptions>['token']) {
  const client = createPresenceClient({ transport: websocket({ url: `${server.url}/presence` }), token, storage: null })
  clients.push(client)
  const { status } = await client.connect()
  return { client, status }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

/** A server whose ends of the lines are known by user. */
async function wiredServer() {
  const sockets = new Map<string | null, WebSocket>()
  const server = await runningServer({
    authenticate: (credentials) => {
      sockets.set(credentials.token, credentials.socket)
      return authenticate(credentials)
    },
  })
  return { server, sockets }
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
})

it('a line that breaks is resumed: others see nothing of it, and nothing of what was missed is missing', async () => {
  const { server, sockets } = await wiredServer()
  await using _ = server
  const [{ client: ada }, { client: bob }] = [await join(server, 'ada'), await join(server, 'bob')]
  ada.members('room').subscribe(() => {})
  const stay = bob.enter('room', { page: 1 })
  const state = ada.state('room', 'bob')
  state.subscribe(() => {})
  await until(() => expect(state.get()).toEqual({ page: 1 }))
  const changes = vi.fn()
  server.presence.on('change', changes)

  const before = sockets.get('bob')
  before?.terminate()
  await until(() => expect(sockets.get('bob')).not.toBe(before))
  await until(() => expect(bob.connection.get().status).toBe('connected'))
  expect(bob.me.get()).toMatchObject({ status: 'online', connections: [{ phase: 'active' }] })
  stay.setState({ page: 2 })
  await until(() => expect(state.get()).toEqual({ page: 2 }))
  expect(changes.mock.calls.filter(([{ from, to }]) => from.status !== to.status)).toEqual([])
})

it('a kick closes for good', async () => {
  await using server = await runningServer()
  const { client } = await join(server, 'ada')
  await server.presence.kick('ada')
  await until(() => expect(client.connection.get()).toMatchObject({ status: 'closed', reason: 'kicked' }))
  await server.hasLeft(0)
})

it('a refused token fails for good', async () => {
  await using server = await runningServer()
  const { client, status } = await join(server, 'bad')
  expect(status).toBe('failed')
  expect(client.connection.get().lastError?.code).toBe('authentication-error')
  await server.hasLeft(0)
})

it('a server that cannot tell who it is is tried again', async () => {
  await using server = await runningServer()
  const tokens = ['broken', 'ada']
  const { client, status } = await join(server, () => tokens.shift() ?? null)
  expect([status, client.me.get().userId]).toEqual(['connected', 'ada'])
})

it('presence that is taken off the server asks its clients to come back', async () => {
  await using server = await runningServer()
  const { client } = await join(server, 'ada')
  server.attachment.close()
  await until(() => expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason: 'draining' }))
})

it('a state over the limit is refused, and costs no connection', async () => {
  await using server = await runningServer()
  const { client } = await join(server, 'ada')
  const states = vi.fn()
  client.on('connection', states)
  const refusals = vi.fn()
  client.on('error', refusals)
  client.enter('room', 'x'.repeat(20_000))
  await until(() => expect(refusals.mock.calls[0]?.[0]).toMatchObject({ code: 'limit-exceeded' }))
  expect(states).not.toHaveBeenCalled()
})
