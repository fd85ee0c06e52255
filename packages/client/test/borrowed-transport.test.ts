import { expect, it } from 'vitest'
import { connectedPair, createPair } from './fake-server.ts'
import { manualLifecycle } from './manual-lifecycle.ts'

const BORROWED = { owned: false }

async function borrowed() {
  const lifecycle = manualLifecycle()
  return { lifecycle, ...(await connectedPair({ lifecycle, random: () => 0.5 }, BORROWED)) }
}

it('waits for its owner to open it, however long that takes', async () => {
  const { server, clock, client } = createPair({}, BORROWED)
  void client.connect()
  await clock.advance(3_600_000)
  expect(client.connection.get()).toMatchObject({ status: 'connecting', reason: 'connect' })
  server.open()
  await clock.settle()
  expect(client.connection.get().status).toBe('connected')
})

it('says hello at once on one that is open', async () => {
  const { server, clock, client } = createPair({}, BORROWED)
  server.open()
  void client.connect()
  await clock.advance(0)
  expect(server.sentOf('hello')).toHaveLength(1)
})

it('is not reopened by us: each time it comes back there is a fresh hello with the resume token', async () => {
  const { server, clock, client } = await borrowed()
  server.cut()
  expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason: 'transport-closed', retryInMs: null })
  await clock.advance(3_600_000)
  expect(server.sent).toEqual([])
  server.open()
  await clock.settle()
  expect(server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }])
  server.cut()
  server.open()
  await clock.settle()
  expect(server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }, { resume: 'resume-2' }])
  expect([server.opened, server.closed]).toEqual([1, 0])
})

it('one that leads elsewhere, without having closed, gets a fresh hello at once', async () => {
  const { server, clock, client } = await borrowed()
  const states: string[] = []
  client.on('connection', ({ status, reason }) => states.push(`${status}: ${reason}`))
  server.open()
  await clock.settle()
  expect(server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }])
  expect(states).toEqual(['reconnecting: transport-closed', 'connected: welcome'])
})

it('a hello without a welcome is said again on the same transport', async () => {
  const { server, clock, client } = createPair({}, BORROWED)
  server.script.welcomes = false
  server.open()
  void client.connect()
  await clock.advance(10_000)
  expect(client.connection.get()).toMatchObject({ status: 'reconnecting', reason: 'timeout', retryInMs: 250 })
  server.script.welcomes = {}
  await clock.advance(250)
  expect(client.connection.get().status).toBe('connected')
  expect([server.opened, server.closed]).toEqual([1, 0])
})

it('two welcomes, the first one late, leave the second one in force', async () => {
  const { server, clock, client } = createPair({}, BORROWED)
  server.script.welcomes = false
  server.open()
  void client.connect()
  await clock.advance(10_250)
  server.welcome()
  client.user('ada').subscribe(() => {})
  await clock.advance(50)
  server.welcome()
  await clock.advance(50)
  expect(client.me.get()).toMatchObject({ connectionId: 'c2', stale: false })
  expect(server.sentOf('watch')).toHaveLength(2)
  server.cut()
  server.open()
  await clock.settle()
  expect(server.sentOf('hello').at(-1)).toMatchObject({ resume: 'resume-2' })
})

it('a page that goes sends a hint and leaves the transport alone; coming back it says hello', async () => {
  const { lifecycle, server, clock, client } = await borrowed()
  lifecycle.onLeave()
  expect(server.sent).toEqual([{ type: 'hint' }])
  expect(client.connection.get()).toMatchObject({ status: 'suspended', reason: 'page-hidden' })
  lifecycle.onWake()
  lifecycle.onWake()
  await clock.settle()
  expect(server.sent).toMatchObject([{ type: 'hint' }, { type: 'hello', resume: 'resume-1' }])
  expect(client.connection.get().status).toBe('connected')
  expect([server.opened, server.closed]).toEqual([1, 0])
})

it('BR-31: a transport that its owner brings back in a page that is going gets no hello', async () => {
  const { lifecycle, server, clock } = await borrowed()
  lifecycle.onLeave()
  server.cut()
  server.open()
  await clock.advance(60_000)
  expect(server.sentOf('hello')).toEqual([])
})

it('a page that freezes leaves the transport to its owner, and verifies on return', async () => {
  const { lifecycle, server, clock, client } = await borrowed()
  lifecycle.onFreeze()
  expect(server.sent).toEqual([])
  await clock.advance(5_000)
  lifecycle.onWake()
  await clock.settle()
  expect(server.sent).toMatchObject([{ type: 'query' }])
  expect(client.connection.get().status).toBe('connected')
})

it('a silent server is told hello again on the same transport', async () => {
  const { lifecycle, server, clock, client } = await borrowed()
  server.script.acks = false
  await clock.advance(5_000)
  lifecycle.onWake()
  await clock.advance(3_000)
  expect(server.sent).toMatchObject([{ type: 'query' }, { type: 'hello', resume: 'resume-1' }])
  expect(client.connection.get().status).toBe('connected')
  expect([server.opened, server.closed]).toEqual([1, 0])
})

it('a final good-bye or a rejected token ends the presence, not the transport', async () => {
  const { server, clock, client } = await borrowed()
  server.say({ type: 'error', code: 'authentication-error', message: 'no' })
  expect(client.connection.get().status).toBe('failed')
  server.cut()
  server.open()
  await clock.advance(60_000)
  expect(server.sent).toEqual([])
})

it('disconnect says so and stops listening', async () => {
  const { server, client } = await borrowed()
  client.disconnect()
  expect(server.sent).toEqual([{ type: 'leave', scope: 'connection' }])
  expect(server.isAttached).toBe(false)
})
