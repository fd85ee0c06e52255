import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, WELCOME } from './fake-server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the transport over HTTP', () => {
  it('is open at once, says hello with the token in a header, and hears the welcome', async () => {
    const server = fakeServer({ headers: { 'x-tenant': '1' } })
    await server.enter('secret')
    const { url, init, body } = server.last('connect')
    expect(server.opened()).toBe(1)
    expect(url).toBe('https://api/presence/live/connect')
    expect(init.headers).toMatchObject({ authorization: 'Bearer secret', 'x-tenant': '1' })
    expect(body).toEqual({ type: 'hello', version: 1, instance: 'page' })
    expect(server.heard).toEqual([WELCOME])
  })

  it('beats from answer to answer, each time a little early, and says when the next one comes', async () => {
    const server = fakeServer()
    await server.live()
    for (let i = 0; i < 3; i++) {
      const before = server.requests.length
      await vi.advanceTimersByTimeAsync(15_000)
      expect(server.requests.length).toBeGreaterThan(before)
      expect(server.last('messages').body).toEqual({
        connectionId: 'c1',
        messages: [{ type: 'beat', nextInMs: 15_000 }],
      })
      server.last('messages').answer([])
      await server.settle()
    }
  })

  it('declares a minute once its timers are held back, and less again when they are not', async () => {
    const server = fakeServer()
    await server.live()
    const nextInMs = () => server.last('messages').body.messages[0].nextInMs
    // The timer runs 45 s late, as in a tab that was hidden for long.
    vi.setSystemTime(Date.now() + 45_000)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(nextInMs()).toBe(60_000)
    server.last('messages').answer([])
    await server.settle()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(nextInMs()).toBe(15_000)
  })

  it('sends what is said in one go in one request, and what is said meanwhile in the next, in order', async () => {
    const server = fakeServer()
    await server.live()
    server.link.send({ type: 'enter', id: 1, space: 'a' })
    server.link.send({ type: 'state', id: 2, space: 'a', state: 1 })
    await server.settle()
    server.link.send({ type: 'exit', id: 3, space: 'a' })
    await server.settle()
    const ids = () =>
      server.requests
        .filter(({ route }) => route === 'messages')
        .map(({ body }) => body.messages.slice(1).map((m: { id: number }) => m.id))
    expect(ids()).toEqual([[1, 2]])
    server.last('messages').answer([
      { type: 'ack', id: 1 },
      { type: 'ack', id: 2 },
    ])
    await server.settle()
    expect(ids()).toEqual([[1, 2], [3]])
    expect(server.heard.slice(1)).toEqual([
      { type: 'ack', id: 1 },
      { type: 'ack', id: 2 },
    ])
  })

  it('keeps what is said before the welcome for after it', async () => {
    const server = fakeServer()
    await server.settle()
    await server.say({ type: 'hello', version: 1, token: null, instance: 'page' })
    await server.say({ type: 'claim', id: 1, status: 'busy' })
    expect(server.requests).toHaveLength(1)
    expect(server.last('connect').init.headers).not.toHaveProperty('authorization')
    server.last('connect').answer([WELCOME])
    await server.settle()
    expect(server.last('messages').body.messages).toContainEqual({ type: 'claim', id: 1, status: 'busy' })
  })

  it('answers whatever waits with the refusal of its request, and goes on', async () => {
    const server = fakeServer()
    await server.live()
    await server.say({ type: 'claim', id: 1, status: 'busy' })
    server.last('messages').refuse(503, 'unavailable', 2)
    await server.settle()
    expect(server.heard.at(-1)).toEqual({
      type: 'error',
      id: 1,
      code: 'unavailable',
      message: 'unavailable',
      retryAfterMs: 2000,
    })
    expect(server.closes).toEqual([])
    await vi.advanceTimersByTimeAsync(15_000)
    expect(server.last('messages').body.messages).toEqual([{ type: 'beat', nextInMs: 15_000 }])
  })

  it('passes on that the login is no good when it says hello with it', async () => {
    const server = fakeServer()
    await server.settle()
    await server.say({ type: 'hello', version: 1, token: 'bad', instance: 'page' })
    server.last('connect').refuse(401, 'authentication-error')
    await server.settle()
    expect(server.heard).toEqual([{ type: 'error', code: 'authentication-error', message: 'authentication-error' }])
    expect(server.closes).toEqual([])
  })

  it.each(['messages', 'listen'])(
    'is closed when the login ran out under %s, so that a fresh one is asked for',
    async (route) => {
      const server = fakeServer()
      if (route === 'messages') {
        await server.live()
        await vi.advanceTimersByTimeAsync(15_000)
      } else {
        await server.enter()
        await vi.advanceTimersByTimeAsync(20)
      }
      server.last(route).refuse(401, 'authentication-error')
      await server.settle()
      expect(server.heard.filter(({ type }) => type === 'error')).toEqual([])
      expect(server.closes).toEqual(['authentication-error'])
    },
  )

  it.each(['connect', 'messages', 'listen'])('is closed when nobody answers %s', async (route) => {
    const server = fakeServer()
    await server.settle()
    if (route === 'connect') await server.say({ type: 'hello', version: 1, token: null, instance: 'page' })
    else if (route === 'messages') await server.live()
    else await server.enter()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(server.closes).toEqual([expect.stringContaining('did not answer')])
  })

  it('says again that the user is idle, if that was refused for now', async () => {
    const server = fakeServer()
    await server.live()
    await server.say({ type: 'idle' })
    server.last('messages').refuse(503, 'unavailable', 1)
    await server.settle()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(server.last('messages').body.messages.slice(1)).toEqual([{ type: 'idle' }])
  })

  it('leaves what it was welcomed to after it was given up', async () => {
    const server = fakeServer()
    await server.settle()
    await server.say({ type: 'hello', version: 1, token: 'token', instance: 'page' })
    server.link.close()
    server.last('connect').answer([WELCOME])
    await server.settle()
    expect(server.last('messages').body).toEqual({
      connectionId: 'c1',
      messages: [{ type: 'leave', scope: 'connection' }],
    })
    expect(server.heard).toEqual([])
  })

  it.each(['connect', 'messages', 'listen'] as const)('is closed when the network fails under %s', async (route) => {
    const server = fakeServer()
    if (route === 'connect') {
      await server.settle()
      await server.say({ type: 'hello', version: 1, token: null, instance: 'page' })
    } else if (route === 'messages') {
      await server.live()
      await vi.advanceTimersByTimeAsync(15_000)
    } else {
      await server.enter()
      await vi.advanceTimersByTimeAsync(20)
    }
    server.last(route).fail()
    await server.settle()
    expect(server.closes).toEqual(['fetch failed'])
    expect(server.link.send({ type: 'active' })).toBe(false)
    const { length } = server.requests
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.requests).toHaveLength(length)
  })

  it('is closed by an answer of somebody else, such as a proxy', async () => {
    const server = fakeServer()
    await server.live()
    await vi.advanceTimersByTimeAsync(15_000)
    server.last('messages').respond(new Response('<h1>Bad Gateway</h1>', { status: 502 }))
    await server.settle()
    expect(server.closes).toEqual(['HTTP 502'])
  })

  it('says nothing more once it was closed', async () => {
    const server = fakeServer()
    await server.enter()
    await vi.advanceTimersByTimeAsync(20)
    server.link.close()
    server.last('listen').stream()
    const { length } = server.requests
    await vi.advanceTimersByTimeAsync(120_000)
    expect(server.requests).toHaveLength(length)
    expect(server.heard).toEqual([WELCOME])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a page that goes', () => {
  it('says so in one request that outlives it, with its login, in less than a kilobyte', async () => {
    const server = fakeServer()
    await server.enter()
    const { length } = server.requests
    expect(server.link.send({ type: 'hint' })).toBe(true)
    server.link.close()
    expect(server.requests).toHaveLength(length + 1)
    const { init, body, route } = server.requests.at(-1) as (typeof server.requests)[number]
    expect(route).toBe('messages')
    expect(init).toMatchObject({ keepalive: true, headers: { authorization: 'Bearer token' } })
    expect(init.signal).toBeUndefined()
    expect(body).toEqual({ connectionId: 'c1', messages: [{ type: 'hint' }] })
    expect((init.body as string).length).toBeLessThan(1024)
  })

  it.each(['throws', 'rejects'])('falls back to a beacon with its leave token where fetch %s', async (how) => {
    const sendBeacon = vi.fn()
    vi.stubGlobal('navigator', { sendBeacon })
    const server = fakeServer()
    await server.enter()
    if (how === 'throws') {
      const broken = fakeServer({
        fetch: (url, init) => {
          if (init?.keepalive) throw new TypeError('no keepalive')
          return Promise.resolve(new Response(JSON.stringify({ messages: [WELCOME] }), url ? {} : {}))
        },
      })
      await broken.settle()
      await broken.say({ type: 'hello', version: 1, token: null, instance: 'page' })
      broken.link.send({ type: 'hint' })
    } else {
      server.link.send({ type: 'hint' })
      server.last('messages').fail()
    }
    await server.settle()
    expect(sendBeacon.mock.calls).toEqual([['https://api/presence/live/hint', 'leave-token']])
  })

  it('on purpose uses no leave token, which says less', async () => {
    const sendBeacon = vi.fn()
    vi.stubGlobal('navigator', { sendBeacon })
    const server = fakeServer()
    await server.enter()
    server.link.send({ type: 'leave', scope: 'session' })
    expect(server.last('messages').body.messages).toEqual([{ type: 'leave', scope: 'session' }])
    server.last('messages').fail()
    await server.settle()
    expect(sendBeacon).not.toHaveBeenCalled()
  })
})
