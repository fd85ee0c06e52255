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

  it('come from one stream, also where one that was asked for between two was never answered', async () => {
    const server = await entered()
    const first = server.last('listen')
    first.stream().send(snapshot(3))
    await vi.advanceTimersByTimeAsync(2000)
    await server.say(watch(2, 'user:b'))
    await vi.advanceTimersByTimeAsync(20)
    const unanswered = server.last('listen')
    await server.say(watch(3, 'user:c'))
    await vi.advanceTimersByTimeAsync(20)
    const last = server.last('listen')
    expect(last).not.toBe(unanswered)
    last.stream().send(snapshot(1))
    await vi.advanceTimersByTimeAsync(0)
    // Another node may have answered, whose changes are numbered anew.
    expect([first, unanswered, last].map(({ init }) => init.signal?.aborted)).toEqual([true, true, false])
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

  it('say of which topics nothing was heard since they were asked for, so that nothing new is an answer too', async () => {
    const server = fakeServer({ news: 'poll' })
    await server.enter()
    const since = { generation: 'g', n: 3 }
    await server.say({ type: 'watch', id: 1, topics: [{ topic: 'space:a', since }, { topic: 'user:b' }] })
    await vi.advanceTimersByTimeAsync(20)
    expect(server.last('listen').body.topics).toEqual([{ topic: 'space:a', since, asked: true }, { topic: 'user:b' }])
    const replay: ServerMessage = { type: 'replay', topics: [{ topic: 'space:a', diffs: [] }] }
    server.last('listen').answer([replay], null)
    await server.settle()
    expect(server.heard.slice(1)).toEqual([{ type: 'ack', id: 1 }, replay])
    expect(server.last('listen').body.topics).toEqual([{ topic: 'space:a', since }, { topic: 'user:b' }])
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

  it('ask again for a topic that cannot be told now when they were told to', async () => {
    const server = fakeServer({ news: 'poll' })
    await server.enter()
    await server.say({ type: 'watch', id: 1, topics: [{ topic: 'space:a' }] })
    await vi.advanceTimersByTimeAsync(20)
    const refusal = {
      type: 'error',
      code: 'unavailable',
      message: 'not now',
      retryAfterMs: 1000,
      details: { topics: ['space:a'] },
    } as unknown as ServerMessage
    let answered = 0
    const polls = () => server.requests.filter(({ route }) => route === 'listen')
    for (let i = 0; i < 50; i++) {
      if (polls().length > answered) {
        polls()[answered++]?.answer([refusal], null)
        await server.settle()
      }
      // The server gathers news for 20 ms before it answers.
      await vi.advanceTimersByTimeAsync(20)
    }
    // A second went by.
    expect(polls().length).toBeLessThan(5)
  })
})
