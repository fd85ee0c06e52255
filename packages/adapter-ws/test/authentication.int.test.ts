import { createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it } from 'vitest'
import { CLOSE_CODES } from '../src/index.ts'
import { authenticate, runningServer } from './running-server.ts'

it('a bad token gets an authentication error and no presence, and the socket is closed', async () => {
  await using server = await runningServer()
  const mallory = await server.page()
  mallory.hello('bad')
  // What was sent before it was told comes to nothing.
  mallory.hello('ada')
  expect((await mallory.next('error')).code).toBe('authentication-error')
  expect(await mallory.closed).toEqual([CLOSE_CODES.unauthenticated, 'unauthenticated'])
  await server.hasLeft(0)
  expect(server.presence.held).toBe(0)
  expect(server.refusals.get('authentication-error')).toBe(1)
})

it('nobody is let in without a hello', async () => {
  await using server = await runningServer()
  const mallory = await server.page()
  mallory.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  expect(await mallory.next('error')).toMatchObject({ id: 1, code: 'no-connection' })
})

it('an authenticate that throws is tried again on the same socket', async () => {
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
  it('the request with its cookies, and the socket', async () => {
    await using server = await runningServer({
      authenticate: ({ token, request, socket }) => {
        const userId = /login=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
        return userId && token === null && socket.protocol === 'rollcall' ? { userId } : null
      },
    })
    const page = await server.page({ headers: { cookie: 'login=ada' }, protocols: ['rollcall'] })
    page.hello(null)
    expect((await page.next('welcome')).userId).toBe('ada')
    const nobody = await server.page()
    nobody.hello(null)
    expect((await nobody.next('error')).code).toBe('authentication-error')
  })
})

it('a fresh token keeps the connection, unseen by others', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({
    presence: { clock },
    authenticate: async (credentials) => {
      const found = await authenticate(credentials)
      return found && { ...found, expiresInMs: credentials.token === 'ada' ? 20_000 : 3_600_000 }
    },
  })
  const eve = await server.welcomed('eve', { watches: true })
  const ada = await server.welcomed('ada')
  await clock.advance(10_000)
  expect((await ada.next('expiring')).inMs).toBe(10_000)
  ada.send({ type: 'token', token: 'ada/1' })
  await ada.settled()
  await clock.advance(15_000)
  ada.send({ type: 'claim', id: 1, status: 'busy' })
  await ada.next('ack')
  await server.sees('ada', 'busy')
  for (;;) if ((await eve.next('diff')).set[0]?.status === 'busy') break
  const seen = eve.heard.flatMap((message) =>
    message.type === 'diff' ? [...message.set.map(({ status }) => status), ...message.gone] : [],
  )
  expect(seen).toEqual(['online', 'busy'])
})

it('a token that runs out without a fresh one ends the connection, with a grace', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({
    authenticate: async () => ({ userId: 'ada', expiresInMs: 15_000 }),
    presence: { clock },
  })
  const ada = await server.welcomed('ada')
  await clock.advance(15_000)
  expect(await ada.next('bye')).toMatchObject({ reason: 'cut-off', retryAfterMs: 0 })
  expect((await ada.closed)[0]).toBe(CLOSE_CODES.bye)
  expect((await server.presence.get('ada', { as: 'admin' })).connections).toMatchObject([{ phase: 'lost' }])
})
