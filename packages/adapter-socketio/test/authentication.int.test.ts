import { describe, expect, it } from 'vitest'
import { authenticate, runningServer } from './running-server.ts'

describe('a bad token', () => {
  it('gets an authentication error and no presence; the socket stays the application’s', async () => {
    await using server = await runningServer({
      prepare: (io) => io.on('connection', (socket) => socket.on('echo', (text, answer) => answer(text))),
    })
    const mallory = await server.page()
    mallory.hello('bad')
    expect((await mallory.next('error')).code).toBe('authentication-error')
    expect(server.presence.held).toBe(0)
    expect(await mallory.socket.emitWithAck('echo', 'still here')).toBe('still here')
    expect(server.refusals.get('authentication-error')).toBe(1)
  })

  it('costs the socket if the application says so', async () => {
    await using server = await runningServer({ refuseSocket: true })
    const mallory = await server.page()
    const closed = new Promise((resolve) => mallory.socket.once('disconnect', resolve))
    mallory.hello('bad')
    expect((await mallory.next('error')).code).toBe('authentication-error')
    expect(await closed).toBe('io server disconnect')
  })
})

it('an authenticate that throws is tried again', async () => {
  await using server = await runningServer()
  const errors: unknown[] = []
  server.presence.on('error', ({ cause }) => errors.push(cause))
  const ada = await server.page()
  ada.hello('broken')
  expect(await ada.next('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 1000 })
  expect(errors).toMatchObject([{ message: 'the key server is away' }])
  ada.hello('ada')
  expect((await ada.next('welcome')).userId).toBe('ada')
})

describe('authenticate is given', () => {
  it('the token of the handshake if the hello brings none', async () => {
    await using server = await runningServer()
    const ada = await server.page({ auth: { token: 'ada' } })
    ada.hello(null)
    expect((await ada.next('welcome')).userId).toBe('ada')
    ada.hello('bob')
    expect((await ada.next('welcome')).userId).toBe('bob')
  })

  it('no token if the handshake has none that is a string', async () => {
    await using server = await runningServer()
    const page = await server.page({ auth: { token: { $ne: null } } })
    page.hello(null)
    expect((await page.next('error')).code).toBe('authentication-error')
  })

  it('the handshake, the request, and the socket with what middleware found out', async () => {
    let headers: unknown
    await using server = await runningServer({
      prepare: (io) =>
        io.use((socket, next) => {
          socket.data.user = 'ada'
          next()
        }),
      authenticate: ({ handshake, request, socket }) => {
        headers = [handshake.headers.host, request.headers.host]
        return { userId: socket.data.user as string }
      },
    })
    const page = await server.page()
    page.hello(null)
    expect((await page.next('welcome')).userId).toBe('ada')
    expect(headers).toEqual([expect.stringContaining('127.0.0.1'), expect.stringContaining('127.0.0.1')])
  })
})

it('a fresh token keeps the connection, unseen by others', async () => {
  await using server = await runningServer({
    authenticate: async (credentials) => {
      const found = await authenticate(credentials)
      return found && { ...found, expiresInMs: credentials.token === 'ada' ? 200 : 3_600_000 }
    },
  })
  const eve = await server.page()
  eve.hello('eve')
  eve.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  await eve.next('snapshot')
  const ada = await server.page()
  ada.hello('ada/1')
  await ada.next('welcome')
  ada.hello('ada')
  await ada.next('welcome')
  await ada.next('expiring')
  ada.send({ type: 'token', token: 'ada/1' })
  await ada.settled()
  ada.send({ type: 'claim', id: 1, status: 'busy' })
  await ada.next('ack')
  await server.sees('ada', 'busy')
  const seen = eve.heard
    .filter((message) => message.type === 'diff')
    .flatMap(({ set, gone }) => [...set.map(({ status }) => status), ...gone])
  expect(seen[0]).toBe('online')
  expect(seen).not.toContain('offline')
})
