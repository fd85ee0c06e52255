import type { ServerMessage } from '@rollcall/core/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, WELCOME } from './fake-server.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const diff = (n: number, userId = `user ${n}`) =>
  ({
    type: 'diff',
    topic: 'space:a',
    sequence: { generation: 'g', n },
    set: [{ userId }],
    gone: [],
  }) as unknown as ServerMessage
const snapshot = (n: number) =>
  ({
    type: 'snapshot',
    topics: [{ topic: 'space:a', sequence: { generation: 'g', n }, mode: 'list', users: [], counts: null }],
  }) as unknown as ServerMessage
const watch = (id: number, ...topics: string[]) => ({
  type: 'watch' as const,
  id,
  topics: topics.map((topic) => ({ topic: topic as 'space:a' })),
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

describe('news by event stream', () => {
  const entered = async () => {
    const server = fakeServer()
    await server.enter()
    await server.say(watch(1, 'space:a'))
    await vi.advanceTimersByTimeAsync(20)
    return server
  }

  it('are asked for in one request, however many watches there are, and each of them is answered', async () => {
    const server = fakeServer()
    await server.enter()
    await server.say(watch(1, 'space:a'))
    await server.say(watch(2, 'user:b'))
    await vi.advanceTimersByTimeAsync(20)
    expect(server.requests.filter(({ route }) => route === 'listen')).toHaveLength(1)
    const asked = server.last('listen')
    expect(asked.init.headers).toMatchObject({ accept: 'text/event-stream' })
    expect(asked.body).toEqual({ connectionId: 'c1', topics: [{ topic: 'space:a' }, { topic: 'user:b' }] })
    expect(server.heard).toEqual([WELCOME])
    asked.stream()
    await server.settle()
    expect(server.heard.slice(1)).toEqual([
      { type: 'ack', id: 1 },
      { type: 'ack', id: 2 },
    ])
  })

  it('come in pieces, with comments and nonsense between them', async () => {
    const server = await entered()
    const stream = server.last('listen').stream()
    const text = `data: ${JSON.stringify(snapshot(3))}\n\n:\n\nid: 7\ndata: {"type":\ndata: "self"}\n\ndata: nonsense\n\n`
    for (const part of text.match(/[\s\S]{1,7}/g) ?? []) stream.send(part)
    await vi.advanceTimersByTimeAsync(0)
    expect(server.heard.slice(2)).toEqual([snapshot(3), { type: 'self' }])
  })

  it('go on from what is known when the stream ends, and tell nothing twice while two overlap', async () => {
    const server = await entered()
    const first = server.last('listen').stream()
    first.send(snapshot(3))
    first.send(diff(4))
    await vi.advanceTimersByTimeAsync(2000)
    await server.say(watch(2, 'user:b'))
    await vi.advanceTimersByTimeAsync(20)
    const next = server.last('listen')
    expect(next.body.topics).toEqual([{ topic: 'space:a', since: { generation: 'g', n: 4 } }, { topic: 'user:b' }])
    first.send(diff(5))
    await vi.advanceTimersByTimeAsync(0)
    const second = next.stream()
    second.send({
      type: 'replay',
      topics: [{ topic: 'space:a', diffs: [diff(5), diff(6)] as never }],
    } as ServerMessage)
    second.send(diff(6))
    second.send(diff(7))
    await vi.advanceTimersByTimeAsync(0)
    expect(first).toBeDefined()
    const heard = server.heard.flatMap((message) =>
      message.type === 'diff'
        ? [message.sequence.n]
        : message.type === 'replay'
          ? message.topics.flatMap(({ diffs }) => diffs.map(({ sequence }) => sequence.n))
          : [],
    )
    expect(heard).toEqual([4, 5, 6, 7])
    const { length } = server.requests
    second.end()
    await vi.advanceTimersByTimeAsync(20)
    expect(server.closes.length + server.requests.length - length).toBe(1)
  })

  it('of topics that are watched no more are passed over', async () => {
    const server = await entered()
    const stream = server.last('listen').stream()
    stream.send(snapshot(3))
    await vi.advanceTimersByTimeAsync(0)
    await server.say({ type: 'unwatch', topics: ['space:a'] })
    const { length } = server.heard
    stream.send(diff(4))
    await vi.advanceTimersByTimeAsync(20)
    expect(server.heard).toHaveLength(length)
    expect(server.last('listen').body.topics).toEqual([])
  })

  it('are listened for anew with a fresh token', async () => {
    const server = await entered()
    server.last('listen').stream()
    await server.settle()
    await server.say({ type: 'token', token: 'fresh' })
    await vi.advanceTimersByTimeAsync(20)
    expect(server.last('listen').init.headers).toMatchObject({ authorization: 'Bearer fresh' })
  })

  it('that end at once close the way', async () => {
    const server = await entered()
    server.last('listen').stream().end()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.closes).toHaveLength(1)
  })

  it('BR-24: that break off are asked for again after a second, and until then a page that goes can still say so', async () => {
    const server = await entered()
    server.last('listen').stream().break()
    await vi.advanceTimersByTimeAsync(999)
    const { length } = server.requests
    await vi.advanceTimersByTimeAsync(1)
    expect(server.requests.slice(length).map(({ route }) => route)).toEqual(['listen'])
    expect(server.closes).toEqual([])
    await server.say({ type: 'hint' })
    expect(server.last('messages').body.messages).toEqual([{ type: 'hint' }])
  })

  it('that break off twice within ten seconds close the way', async () => {
    const server = await entered()
    server.last('listen').stream().break()
    await vi.advanceTimersByTimeAsync(1000)
    server.last('listen').stream().break()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.closes).toHaveLength(1)
  })

  it('that never came close the way at once', async () => {
    const server = await entered()
    server.last('listen').fail()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.closes).toEqual(['fetch failed'])
  })

  it('that fall silent for 40 s close the way', async () => {
    const server = await entered()
    const stream = server.last('listen').stream()
    for (let i = 0; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(15_000)
      if (server.requests.at(-1)?.route === 'messages') server.last('messages').answer([])
      stream.send(':\n\n')
      await vi.advanceTimersByTimeAsync(0)
    }
    for (let i = 0; i < 8; i++) {
      expect(server.closes).toEqual([])
      await vi.advanceTimersByTimeAsync(5000)
      if (server.requests.at(-1)?.route === 'messages') server.last('messages').answer([])
      await server.settle()
    }
    expect(server.closes).toEqual(['the event stream fell silent'])
  })

  it('of a topic that cannot be told now are asked for again, and nobody is told', async () => {
    const server = await entered()
    const stream = server.last('listen').stream()
    const details = { topics: ['space:a'] }
    stream.send({ type: 'error', code: 'unavailable', message: 'later', retryAfterMs: 1000, details })
    await vi.advanceTimersByTimeAsync(0)
    const { length } = server.requests
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.requests).toHaveLength(length + 1)
    expect(server.last('listen').body.topics).toEqual([{ topic: 'space:a' }])
    expect(server.heard.filter(({ type }) => type === 'error')).toEqual([])
  })

  it.each(['stream', 'poll'] as const)('by %s that are refused for now are asked for ever less often', async (news) => {
    const server = fakeServer({ news })
    await server.enter()
    const asked = () => server.requests.filter(({ route }) => route === 'listen').length
    const delays = [20, 1000, 2000, 4000]
    for (const [i, ms] of delays.entries()) {
      await vi.advanceTimersByTimeAsync(ms - 1)
      expect(asked()).toBe(i)
      await vi.advanceTimersByTimeAsync(1)
      expect(asked()).toBe(i + 1)
      server.last('listen').refuse(429, 'rate-limited')
      await server.settle()
    }
    expect(server.closes).toEqual([])
  })

  it('of a topic that may not be watched are asked for no more', async () => {
    const server = await entered()
    const stream = server.last('listen').stream()
    stream.send({ type: 'error', code: 'forbidden', message: 'no', details: { topics: ['space:a'] } })
    await vi.advanceTimersByTimeAsync(0)
    await server.say(watch(2, 'user:b'))
    await vi.advanceTimersByTimeAsync(20)
    expect(server.last('listen').body.topics).toEqual([{ topic: 'user:b' }])
  })
})

describe('news by polling', () => {
  it('are asked for again with each answer, with what is known', async () => {
    const server = fakeServer({ news: 'poll' })
    await server.enter()
    await server.say(watch(1, 'space:a'))
    await vi.advanceTimersByTimeAsync(20)
    expect(server.last('listen').body).toMatchObject({ self: null, waitMs: 0, stale: false, warming: false })
    server.last('listen').answer([snapshot(3), { type: 'freshness', stale: false, warming: true }], 77)
    await server.settle()
    expect(server.heard.slice(1).map(({ type }) => type)).toEqual(['ack', 'snapshot', 'freshness'])
    const { body } = server.last('listen')
    expect(body).toEqual({
      connectionId: 'c1',
      topics: [{ topic: 'space:a', since: { generation: 'g', n: 3 } }],
      self: 77,
      stale: false,
      warming: true,
      waitMs: 25_000,
    })
  })

  it('end with a bye', async () => {
    const server = fakeServer({ news: 'poll' })
    await server.enter()
    await vi.advanceTimersByTimeAsync(20)
    server.last('listen').answer([{ type: 'bye', reason: 'kicked' }], null)
    await server.settle()
    const { length } = server.requests
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.requests).toHaveLength(length)
    expect(server.heard.at(-1)).toEqual({ type: 'bye', reason: 'kicked' })
  })
})
