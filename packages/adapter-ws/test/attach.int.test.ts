import { once } from 'node:events'
import { connect } from 'node:net'
import { createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { attachWebSocket, CLOSE_CODES } from '../src/index.ts'
import { authenticate, runningServer } from './running-server.ts'

it('carries hello, welcome, watch and diffs', async () => {
  await using server = await runningServer()
  const ada = await server.page()
  ada.hello('ada')
  expect(await ada.next('welcome')).toMatchObject({
    userId: 'ada',
    self: { status: 'online' },
    spaces: ['room', 'other'],
    pingEveryMs: 20_000,
    counts: [
      { space: 'room', present: 1 },
      { space: 'other', present: 1 },
    ],
  })
  ada.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  const { topics } = await ada.next('snapshot')
  expect(topics[0]?.users.map(({ userId, status }) => `${userId} ${status}`)).toEqual(['ada online'])
  await server.welcomed('bob')
  const diff = await ada.next('diff')
  expect(diff).toMatchObject({ topic: 'space:room', set: [{ userId: 'bob', status: 'online' }], gone: [] })
  expect(server.attachment.size).toBe(2)
})

describe('an HTTP server', () => {
  it('gives presence the upgrades of one path, whatever their query; others are whose they were', async () => {
    await using server = await runningServer({ path: '/live' })
    const chat = new WebSocketServer({ noServer: true })
    server.http.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') chat.handleUpgrade(request, socket, head, (ws) => ws.send('welcome to the chat'))
    })
    const other = new WebSocket(`${server.url}/chat`)
    expect(String((await once(other, 'message'))[0])).toBe('welcome to the chat')
    other.terminate()
    const ada = await server.page({ path: '/live?from=home' })
    ada.hello('ada')
    expect((await ada.next('welcome')).userId).toBe('ada')
    expect(server.attachment.size).toBe(1)
  })

  it('answers an upgrade that nobody takes', async () => {
    await using server = await runningServer()
    await expect(server.page({ path: '/presence/more' })).rejects.toThrow('404')
    await expect(server.page({ path: '/' })).rejects.toThrow('404')
    expect(server.attachment.size).toBe(0)
  })

  it('bears a peer that resets the line while it is turned away', async () => {
    await using server = await runningServer({ origins: [] })
    const line = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(line, 'connect')
    line.write('GET /presence HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    line.resetAndDestroy()
    await expect(server.page()).rejects.toThrow('403')
  })

  it('answers an upgrade that nobody takes within a second, also where others listen', async () => {
    const clock = createVirtualClock()
    await using server = await runningServer({ presence: { clock } })
    await attachWebSocket(server.http, server.presence, { authenticate, path: '/second' })
    const slow = new WebSocketServer({ noServer: true })
    let left = 0
    server.http.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') slow.handleUpgrade(request, socket, head, (ws) => ws.send('welcome'))
      else left++
    })
    const chat = new WebSocket(`${server.url}/chat`)
    await once(chat, 'message')
    const refused = expect(server.page({ path: '/nobody' })).rejects.toThrow('404')
    await vi.waitFor(() => expect(left).toBe(1), { timeout: 5000, interval: 5 })
    await clock.advance(1000)
    await refused
    expect(chat.readyState).toBe(WebSocket.OPEN)
    chat.terminate()
  })

  it('serves two attachments on two paths', async () => {
    await using server = await runningServer()
    const second = await attachWebSocket(server.http, server.presence, { authenticate, path: '/second' })
    const [ada, bob] = [await server.page(), await server.page({ path: '/second' })]
    ada.hello('ada')
    bob.hello('bob')
    await Promise.all([ada.next('welcome'), bob.next('welcome')])
    expect([server.attachment.size, second.size]).toEqual([1, 1])
    second.close()
    expect(await bob.closed).toEqual([CLOSE_CODES.bye, 'bye'])
  })
})

describe('a ws server', () => {
  it('is presence’s with every connection, and with its own path', async () => {
    await using server = await runningServer({
      target: (http) => new WebSocketServer({ server: http, path: '/own', perMessageDeflate: true }),
    })
    const ada = await server.page({ path: '/own', perMessageDeflate: true })
    ada.hello('ada')
    expect((await ada.next('welcome')).userId).toBe('ada')
    await expect(server.page({ path: '/presence' })).rejects.toThrow('400')
  })

  it('turns pages of other origins away when they have connected', async () => {
    await using server = await runningServer({
      target: (http) => new WebSocketServer({ server: http }),
      origins: ['https://app.example'],
    })
    const mallory = await server.page({ origin: 'https://evil.example' })
    mallory.hello('ada')
    expect(await mallory.closed).toEqual([CLOSE_CODES.origin, 'origin'])
    expect([server.refusals.get('forbidden'), server.presence.held]).toEqual([1, 0])
  })

  it('reads no more of a message than an HTTP server does', async () => {
    await using server = await runningServer({ target: (http) => new WebSocketServer({ server: http }) })
    const mallory = await server.welcomed('mallory')
    mallory.send('x'.repeat(1_000_000))
    expect((await mallory.closed)[0]).toBe(1009)
    expect(server.refusals.get('limit-exceeded')).toBe(1)
  })
})

describe('origins', () => {
  it('of the same host may connect, and programs, unless told otherwise', async () => {
    await using server = await runningServer()
    const { host } = new URL(server.url)
    await expect(server.page({ origin: 'https://evil.example' })).rejects.toThrow('403')
    await expect(server.page({ origin: `http://evil.${host}` })).rejects.toThrow('403')
    await expect(server.page({ origin: 'http://127.0.0.1:1' })).rejects.toThrow('403')
    await expect(server.page({ origin: 'null' })).rejects.toThrow('403')
    expect(server.refusals.get('forbidden')).toBe(4)
    // Encryption may end at a proxy.
    await server.page({ origin: `https://${host}` })
    await server.page({ origin: 'https://app.example', headers: { host: 'app.example' } })
    await server.page()
  })

  it('are those of every page if told so', async () => {
    await using server = await runningServer({ origins: '*' })
    await server.page({ origin: 'https://anywhere.example' })
    await server.page()
  })

  it('that are not listed get a 403, and are counted', async () => {
    await using server = await runningServer({ origins: ['https://app.example'] })
    await expect(server.page({ origin: 'https://app.example.evil.example' })).rejects.toThrow('403')
    await expect(server.page({ origin: 'null' })).rejects.toThrow('403')
    await expect(server.page()).rejects.toThrow('403')
    expect(server.refusals.get('forbidden')).toBe(3)
    const ada = await server.page({ origin: 'https://app.example' })
    ada.hello('ada')
    expect((await ada.next('welcome')).userId).toBe('ada')
  })

  it('may be decided by the application, with the request', async () => {
    await using server = await runningServer({
      origins: (origin, { headers }) => origin === undefined && headers['x-api-key'] === 'k',
    })
    await expect(server.page()).rejects.toThrow('403')
    await expect(server.page({ origin: 'https://app.example', headers: { 'x-api-key': 'k' } })).rejects.toThrow('403')
    await server.page({ headers: { 'x-api-key': 'k' } })
  })

  it('are refused when the application throws, which hears of it', async () => {
    await using server = await runningServer({
      origins: () => {
        throw new Error('no list')
      },
    })
    const errors: unknown[] = []
    server.presence.on('error', ({ cause }) => errors.push(cause))
    await expect(server.page()).rejects.toThrow('403')
    expect(errors).toMatchObject([{ message: 'no list' }])
  })
})

describe('taking presence off', () => {
  it('tells the clients and closes them; the server goes on without', async () => {
    await using server = await runningServer()
    const ada = await server.welcomed('ada', { watches: true })
    server.attachment.close()
    expect(await ada.next('bye')).toMatchObject({ reason: 'draining' })
    expect(await ada.closed).toEqual([CLOSE_CODES.bye, 'bye'])
    expect([server.attachment.size, server.http.listenerCount('upgrade'), server.http.listening]).toEqual([0, 0, true])
    // Without any listener Node answers an upgrade as it answers a request; this server has no handler.
    server.http.on('request', (_, response) => response.writeHead(501).end())
    await expect(server.page()).rejects.toThrow('501')
    // Twice is no more than once.
    server.attachment.close()
  })

  it('leaves a ws server its own connections to come', async () => {
    const webSockets = new WebSocketServer({ noServer: true })
    await using server = await runningServer({ target: () => webSockets })
    server.attachment.close()
    expect(webSockets.listenerCount('connection')).toBe(0)
  })
})

it.each([
  ['no authenticate', { authenticate: undefined }, 'authenticate'],
  ['a path that is no path', { path: 'presence' }, 'path'],
  ['a path with a query', { path: '/presence?x=1' }, 'path'],
  ['an origin without a scheme', { origins: ['app.example'] }, 'origins'],
  ['an origin with a path', { origins: ['https://app.example/'] }, 'origins'],
  ['origins by a word', { origins: 'https://app.example' }, 'origins'],
  ['room for nothing', { maxBuffered: 0 }, 'maxBuffered'],
  ['a ping that never comes', { ping: { every: 0 } }, 'everyMs'],
])('refuses settings that cannot work: %s', async (_, options, option) => {
  await using server = await runningServer()
  const attached = attachWebSocket(server.http, server.presence, { authenticate, ...options } as never)
  await expect(attached).rejects.toMatchObject({ code: 'invalid-option', details: { option } })
  expect(server.http.listenerCount('upgrade')).toBe(1)
})
