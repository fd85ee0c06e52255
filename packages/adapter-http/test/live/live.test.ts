import { PROTOCOL_VERSION, type ServerMessage } from '@rollcall/core/protocol'
import { describe, expect, it } from 'vitest'
import { requestOf, served } from '../served.ts'

const hello = { type: 'hello', version: PROTOCOL_VERSION, instance: 'page', token: null }

/** Reads an event stream as far as it has come. */
function reading(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  const seen = { text: '', isOver: false, error: null as unknown }
  const pump = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      seen.text += decoder.decode(value, { stream: true })
    }
    seen.isOver = true
  }
  pump().catch((error) => {
    seen.error = error
    seen.isOver = true
  })
  return {
    get messages(): ServerMessage[] {
      return [...seen.text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json as string))
    },
    get ids(): string[] {
      return [...seen.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id as string)
    },
    get comments(): number {
      return [...seen.text.matchAll(/^:$/gm)].length
    },
    get isOver() {
      return seen.isOver
    },
    cancel: () => reader.cancel(),
  }
}

async function setUp(options: Parameters<typeof served>[0] = {}) {
  const rig = await served(options)
  const connect = async (as: string) => {
    const { body } = await rig.ask('POST', '/live/connect', { as, body: hello })
    return body.messages[0] as Extract<ServerMessage, { type: 'welcome' }>
  }
  const stream = async (path: string, asked: Parameters<typeof requestOf>[2], method = 'POST') => {
    const response = await rig.handler(requestOf(method, `/presence${path}`, asked))
    const read = reading(response)
    await rig.clock.advance(100)
    return Object.assign(read, { response })
  }
  return { ...rig, connect, stream, [Symbol.asyncDispose]: rig[Symbol.asyncDispose] }
}

describe('a page over HTTP', () => {
  it('says hello, speaks and leaves, each in a request of its own', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada/s')
    const messages = [
      { type: 'beat', nextInMs: 15_000 },
      { type: 'claim', id: 1, status: 'busy' },
    ]
    const said = await rig.ask('POST', '/live/messages', { as: 'ada/s', body: { connectionId, messages } })
    expect(said).toMatchObject({ status: 200, body: { messages: [{ type: 'ack', id: 1 }] } })
    expect(said.headers.get('cache-control')).toBe('no-store')
    expect(await rig.presence.get('ada')).toMatchObject({ status: 'busy' })
    const leave = { connectionId, messages: [{ type: 'leave', scope: 'connection' }] }
    await rig.ask('POST', '/live/messages', { as: 'ada/s', body: leave })
    expect(await rig.presence.get('ada')).toMatchObject({ status: 'offline' })
  })

  it('says that it goes by its leave token, as plain text and without a login, once', async () => {
    await using rig = await setUp()
    const { leave } = await rig.connect('ada')
    const hint = () => rig.handler(new Request('http://localhost/presence/live/hint', { method: 'POST', body: leave }))
    expect((await hint()).status).toBe(204)
    const again = await hint()
    expect(again.status).toBe(403)
    expect(again.headers.get('content-type')).toBe('application/problem+json')
    await rig.clock.advance(21_000)
    expect(await rig.presence.get('ada')).toMatchObject({ status: 'offline' })
  })

  it.each(['', 'forged', 'x'.repeat(3000)])('of no leave token is refused', async (body) => {
    await using rig = await setUp()
    const response = await rig.handler(new Request('http://localhost/presence/live/hint', { method: 'POST', body }))
    expect([403, 413]).toContain(response.status)
    expect(rig.refused.length).toBeGreaterThan(0)
  })

  it.each([
    ['/live/connect', [], 'The body'],
    ['/live/messages', {}, 'connectionId'],
    ['/live/messages', { connectionId: 'c', messages: 7 }, 'messages'],
    ['/live/messages', { connectionId: 'c', messages: Array(201).fill(0) }, 'messages'],
    ['/live/listen', { connectionId: '' }, 'connectionId'],
    ['/live/listen', { connectionId: 'c', waitMs: 26_000 }, 'waitMs'],
  ])('that sends %s %j is told what is wrong', async (path, body, field) => {
    await using rig = await setUp()
    expect(await rig.ask('POST', path, { body })).toMatchObject({
      status: 400,
      body: { code: 'bad-message', detail: expect.stringContaining(field) },
    })
  })
})

describe('an event stream', () => {
  it('brings what a page hears, and shows that it lives', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada')
    const body = { connectionId, topics: [{ topic: 'space:room' }] }
    const page = await rig.stream('/live/listen', { body, headers: { accept: 'text/event-stream' } })
    expect(page.response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(page.response.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(page.messages.map(({ type }) => type)).toContain('snapshot')
    await rig.connect('bob')
    await rig.clock.advance(100)
    expect(page.messages.at(-1)).toMatchObject({ type: 'diff', set: [{ userId: 'bob' }] })
    const { comments } = page
    await rig.clock.advance(30_000)
    expect(page.comments).toBe(comments + 2)
    await page.cancel()
  })

  it('for EventSource goes on from the last event that was read', async () => {
    await using rig = await setUp()
    await rig.connect('bob')
    const first = await rig.stream('/events?watch=space%3Aroom', {}, 'GET')
    expect(first.messages.at(-1)).toMatchObject({ type: 'snapshot', topics: [{ users: [{ userId: 'bob' }] }] })
    const last = first.ids.at(-1) as string
    const keeper = await rig.stream('/events?watch=space%3Aroom', { as: 'keeper' }, 'GET')
    await first.cancel()
    await rig.connect('cyd')
    await rig.clock.advance(100)
    const second = await rig.stream('/events?watch=space%3Aroom', { headers: { 'last-event-id': last } }, 'GET')
    expect(second.messages.filter(({ type }) => type === 'snapshot')).toEqual([])
    expect(second.messages.at(-1)).toMatchObject({
      type: 'replay',
      topics: [{ diffs: [{ set: [{ userId: 'cyd' }] }] }],
    })
    // Somebody who only watches is not there.
    expect(await rig.presence.get('ada')).toMatchObject({ status: 'offline' })
    await Promise.all([keeper.cancel(), second.cancel()])
  })

  it('of no topics is of all granted spaces', async () => {
    await using rig = await setUp()
    const read = await rig.stream('/events', { as: 'ada//room,hall' }, 'GET')
    const snapshots = read.messages.filter((message) => message.type === 'snapshot')
    expect(snapshots.flatMap(({ topics }) => topics.map(({ topic }) => topic)).sort()).toEqual([
      'space:hall',
      'space:room',
    ])
    await read.cancel()
  })

  it('is cut off when its reader reads nothing, and never grows', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada')
    const body = JSON.stringify({ connectionId, topics: [{ topic: 'space:room' }] })
    const response = await rig.handler(
      requestOf('POST', '/presence/live/listen', { body, headers: { accept: 'text/event-stream' } }),
    )
    await rig.clock.advance(100)
    const text = 'x'.repeat(140)
    for (let i = 0; i < 3000; i++) {
      await rig.presence.setMessage('ada', { text: `${i} ${text}`.slice(0, 140) })
      await rig.clock.advance(20)
    }
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    let bytes = 0
    const all = async () => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        bytes += value.byteLength
      }
    }
    await expect(all()).rejects.toThrow('too slow')
    expect(bytes).toBeLessThan(300 * 1024)
  })

  it('ends with a bye when its handler closes', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada')
    const page = await rig.stream('/live/listen', { body: { connectionId }, headers: { accept: 'text/event-stream' } })
    rig.handler.close()
    await rig.clock.advance(0)
    expect(page.messages.at(-1)).toMatchObject({ type: 'bye', reason: 'draining' })
    expect(page.isOver).toBe(true)
  })
})

describe('a request that waits', () => {
  const poll = async (rig: Awaited<ReturnType<typeof setUp>>, body: object) => {
    let answer: { messages: ServerMessage[]; self: number | null } | null = null
    const asked = rig.ask('POST', '/live/listen', { body }).then((answered) => {
      answer = answered.body
    })
    return { answer: () => answer, asked }
  }

  it('is answered with what is there, then as soon as there is something new, else when its time is over', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada')
    const topics = [{ topic: 'space:room' }]
    const first = await poll(rig, { connectionId, topics })
    await rig.clock.advance(200)
    const known = first.answer()
    const snapshot = known?.messages.find((message) => message.type === 'snapshot')
    const freshness = { stale: false, warming: true }
    const since = snapshot?.topics[0]?.sequence
    const knows = { connectionId, topics: [{ topic: 'space:room', since }], self: known?.self, ...freshness }
    const second = await poll(rig, knows)
    await rig.clock.advance(5000)
    expect(second.answer()).toBeNull()
    await rig.connect('bob')
    await rig.clock.advance(200)
    expect(second.answer()?.messages).toMatchObject([{ type: 'diff', set: [{ userId: 'bob' }] }])
    const diff = second.answer()?.messages[0] as Extract<ServerMessage, { type: 'diff' }>
    const third = await poll(rig, { ...knows, topics: [{ topic: 'space:room', since: diff.sequence }], waitMs: 8000 })
    await rig.clock.advance(8100)
    expect(third.answer()?.messages).toEqual([])
  })

  it('is answered that nothing was missed of a topic, if that is what it asked for', async () => {
    await using rig = await setUp()
    const { connectionId } = await rig.connect('ada')
    const topics = [{ topic: 'space:room' }]
    const first = await poll(rig, { connectionId, topics })
    await rig.clock.advance(200)
    const known = first.answer()
    const since = known?.messages.find((message) => message.type === 'snapshot')?.topics[0]?.sequence
    const knows = { connectionId, self: known?.self, stale: false, warming: true, waitMs: 0 }
    const second = await poll(rig, { ...knows, topics: [{ topic: 'space:room', since, asked: true }] })
    await rig.clock.advance(0)
    expect(second.answer()?.messages).toEqual([{ type: 'replay', topics: [{ topic: 'space:room', diffs: [] }] }])
  })
})
