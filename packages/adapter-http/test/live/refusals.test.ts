import { randomUUID } from 'node:crypto'
import { PresenceError } from '@rollcall/core'
import { PROTOCOL_VERSION } from '@rollcall/core/protocol'
import { describe, expect, it } from 'vitest'
import { type Answer, requestOf, type Served, served } from '../served.ts'

const hello = { type: 'hello', version: PROTOCOL_VERSION, instance: 'page', token: null }
const asStream = { accept: 'text/event-stream' }
const everything = { presence: { access: { canWatch: () => true } } }

function expectProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  expect([status, body.code]).toEqual([expected, code])
  expect(headers.get('content-type')).toBe('application/problem+json')
}

async function connected(server: Served, as = 'ada'): Promise<string> {
  const { body } = await server.ask('POST', '/live/connect', { as, body: hello })
  return body.messages[0].connectionId
}

/** An answer that may wait. */
async function answered(server: Served, asking: Promise<Answer>): Promise<Answer> {
  const [answer] = await Promise.all([asking, server.clock.advance(500)])
  return answer
}

describe('what is refused as a whole', () => {
  it('is a problem, counted once: a hello that is none', async () => {
    await using server = await served()
    const answer = await server.ask('POST', '/live/connect', { body: { ...hello, instance: 7 } })
    expectProblem(answer, 400, 'bad-message')
    expect(server.refused).toEqual(['bad-message hello null'])
  })

  it('is a problem that says when to come again: too many hellos', async () => {
    await using server = await served()
    const connect = () => server.ask('POST', '/live/connect', { body: hello })
    let answer = await connect()
    for (let page = 0; answer.status === 200 && page < 1000; page++) answer = await connect()
    expectProblem(answer, 429, 'rate-limited')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(server.refused.filter((refusal) => refusal.startsWith('rate-limited'))).toHaveLength(1)
  })

  it.each([
    ['a request that waits', {}],
    ['a stream', asStream],
  ])('is a problem at once: topics that are none, for %s', async (_, headers) => {
    await using server = await served()
    const connectionId = await connected(server)
    for (const topics of [[5], [null], [{ since: null }], 'space:room']) {
      const body = { connectionId, topics }
      expectProblem(await server.ask('POST', '/live/listen', { body, headers }), 400, 'bad-message')
    }
    expect(server.refused).toHaveLength(4)
    const topics = Array.from({ length: 1001 }, (_, n) => ({ topic: `space:${n}` }))
    expectProblem(
      await server.ask('POST', '/live/listen', { body: { connectionId, topics }, headers }),
      400,
      'limit-exceeded',
    )
  })

  it('is a problem: what comes too often, and what the store cannot do', async () => {
    await using server = await served()
    const connectionId = await connected(server)
    const body = { connectionId, messages: [{ type: 'beat', nextInMs: 15_000 }] }
    const { leased } = server.presence
    Object.assign(server.presence, {
      leased: (userId: string, id: string) => ({
        ...leased(userId, id),
        beat: () => Promise.reject(new PresenceError('unavailable', 'away', {})),
      }),
    })
    const answer = await server.ask('POST', '/live/messages', { body })
    expectProblem(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(server.refused).toEqual(['unavailable visit ada'])
  })

  it('is no problem where something else was said: a bye, or one bad message among others', async () => {
    await using server = await served()
    const connectionId = await connected(server)
    const messages = [{ type: 'beat', nextInMs: 15_000 }, { type: 'nonsense' }]
    const mixed = await server.ask('POST', '/live/messages', { body: { connectionId, messages } })
    expect(mixed).toMatchObject({ status: 200, body: { messages: [{ type: 'error', code: 'bad-message' }] } })
    await server.presence.kick('ada')
    const gone = await server.ask('POST', '/live/messages', { body: { connectionId } })
    expect(gone).toMatchObject({ status: 200, body: { messages: [{ type: 'bye', reason: 'kicked' }] } })
  })
})

describe('as many topics as one may watch', () => {
  const topics = Array.from({ length: 1000 }, (_, n) => ({
    topic: `user:${randomUUID()}`,
    since: { generation: randomUUID(), n },
  }))

  it('are heard of by a request that waits', async () => {
    await using server = await served(everything)
    const connectionId = await connected(server)
    const body = { connectionId, topics, waitMs: 0 }
    const answer = await answered(server, server.ask('POST', '/live/listen', { body }))
    expect(answer.status).toBe(200)
    expect(server.refused).toEqual([])
  })

  it('are heard of by a stream', async () => {
    await using server = await served(everything)
    const body = { connectionId: await connected(server), topics }
    const response = await server.handler(requestOf('POST', '/presence/live/listen', { body, headers: asStream }))
    expect(response.status).toBe(200)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await server.clock.advance(500)
    let text = ''
    const decoder = new TextDecoder()
    while (!text.includes('"snapshot"')) text += decoder.decode((await reader.read()).value, { stream: true })
    await reader.cancel()
    expect(server.refused).toEqual([])
  })
})

describe('leave tokens that are none', () => {
  const hint = async ({ handler }: Served, body: string) =>
    handler(new Request('http://localhost/presence/live/hint', { method: 'POST', body }))

  it('cost no look into the store once there were too many', async () => {
    await using server = await served()
    const { leased } = server.presence
    let looks = 0
    Object.assign(server.presence, {
      leased(userId: string, connectionId: string) {
        looks++
        return leased(userId, connectionId)
      },
    })
    for (let n = 0; n < 100; n++) expect((await hint(server, `secret,${n},ada`)).status).toBe(403)
    expect(looks).toBe(100)
    const refused = await hint(server, 'secret,c,ada')
    expect([refused.status, refused.headers.get('retry-after'), looks]).toEqual([429, '1', 100])
    expect(server.refused.slice(-2)).toEqual(['authentication-error hint null', 'rate-limited hint null'])
    expect(server.refused).toHaveLength(101)
    await server.clock.advance(50)
    expect((await hint(server, 'secret,c,ada')).status).toBe(403)
  })

  it('cost nothing when they do not even look like one, and good ones cost no others anything', async () => {
    await using server = await served()
    for (let n = 0; n < 200; n++) expect((await hint(server, `secret ${n}`)).status).toBe(403)
    for (let n = 0; n < 30; n++) {
      const { body } = await server.ask('POST', '/live/connect', { as: `user-${n}`, body: hello })
      expect((await hint(server, body.messages[0].leave)).status).toBe(204)
    }
    expect(server.refused).toHaveLength(200)
  })
})
