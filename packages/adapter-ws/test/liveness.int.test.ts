import { createVirtualClock } from '@rollcall/core/testing'
import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { CLOSE_CODES } from '../src/index.ts'
import { authenticate, runningServer } from './running-server.ts'

const untilClosed = (closed: Promise<unknown>) => Promise.race([closed.then(() => true), never()])

/** Lets a real line carry what is on it; rejects if that is not the close that is waited for. */
const never = () => new Promise<never>((_, reject) => setTimeout(() => reject(new Error('not closed')), 5_000).unref())

it('BR-14: a page that answers protocol pings alone is lost after ping and deadline', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({ presence: { clock } })
  const page = await server.page({ answersPings: false })
  page.hello('ada')
  await page.next('welcome')
  await clock.advance(20_000)
  const { n } = await page.next('ping')
  // Its network stack answers as that of a frozen page does.
  let pings = 0
  page.socket.on('ping', () => pings++)
  page.socket.pong()
  page.send({ type: 'pong', n: n + 1 })
  await page.settled()
  await clock.advance(19_999)
  expect(page.socket.readyState).toBe(WebSocket.OPEN)
  expect((await server.presence.get('ada', { as: 'admin' })).connections).toMatchObject([{ phase: 'active' }])
  await clock.advance(1)
  expect(await untilClosed(page.closed)).toBe(true)
  expect((await page.closed)[0]).toBe(CLOSE_CODES.silent)
  expect((await server.presence.get('ada', { as: 'admin' })).connections).toMatchObject([{ phase: 'lost' }])
  expect(server.refusals.get('unanswered')).toBe(1)
  // The pings of presence are messages: the protocol's own are not used at all.
  expect(pings).toBe(0)
  await clock.advance(15_000)
  expect((await server.presence.get('ada')).status).toBe('offline')
})

it('a page whose script answers stays, for as long as it does', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({ presence: { clock } })
  const page = await server.welcomed('ada')
  for (let i = 0; i < 20; i++) {
    await clock.advance(20_000)
    await page.next('ping')
    await page.settled()
  }
  expect(page.socket.readyState).toBe(WebSocket.OPEN)
  expect((await server.presence.get('ada', { as: 'admin' })).connections).toMatchObject([{ phase: 'idle' }])
})

it('the rhythm is the application’s to set', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({ presence: { clock }, ping: { every: '3s', answerWithin: '1s' } })
  const page = await server.page({ answersPings: false })
  page.hello('ada')
  expect((await page.next('welcome')).pingEveryMs).toBe(3000)
  await clock.advance(4000)
  await untilClosed(page.closed)
  expect((await page.closed)[0]).toBe(CLOSE_CODES.silent)
})

it('a socket that never says hello is closed after ten seconds', async () => {
  const clock = createVirtualClock()
  await using server = await runningServer({ presence: { clock } })
  const page = await server.page()
  page.send({ type: 'active' })
  await clock.advance(9_999)
  expect(page.socket.readyState).toBe(WebSocket.OPEN)
  await clock.advance(1)
  await untilClosed(page.closed)
  expect(await page.closed).toEqual([CLOSE_CODES['no-hello'], 'no-hello'])
  expect(server.refusals.get('no-hello')).toBe(1)
})

it('a peer that does not answer the close is cut off after three seconds', async () => {
  const clock = createVirtualClock()
  const sockets: WebSocket[] = []
  await using server = await runningServer({
    presence: { clock },
    authenticate: (credentials) => {
      sockets.push(credentials.socket)
      return authenticate(credentials)
    },
  })
  const page = await server.welcomed('ada')
  // It reads nothing any more, the close included.
  page.socket.pause()
  await server.presence.kick('ada')
  await clock.advance(2_999)
  await new Promise(setImmediate)
  expect(sockets[0]?.readyState).toBe(WebSocket.CLOSING)
  await clock.advance(1)
  await vi.waitFor(() => expect(sockets[0]?.readyState).toBe(WebSocket.CLOSED), { timeout: 5_000, interval: 5 })
  page.socket.resume()
  await page.closed
  expect(page.heard.at(-1)).toMatchObject({ type: 'bye', reason: 'kicked' })
})
