import { describe, expect, it } from 'vitest'
import { answerOf, requestOf, type Served, served } from '../served.ts'

const everything = { access: { canWatch: () => true } }

async function eventsOf({ handler }: Served, topics: readonly string[], as = 'ada') {
  const query = topics.map((topic) => `watch=${encodeURIComponent(topic)}`).join('&')
  return handler(requestOf('GET', `/presence/events?${query}`, { as }))
}

/** What an event stream says in half a second. */
async function heard({ clock }: Served, response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  const pump = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
    }
  }
  const pumping = pump()
  await clock.advance(500)
  await reader.cancel()
  await pumping
  return text
}

describe('GET /events', () => {
  it.each([
    ['what may not be watched', ['space:room', 'space:secret'], 'ada', 403, 'forbidden'],
    ['a topic that is none', ['zzz'], 'ada', 400, 'bad-message'],
    ['a topic without a name', ['user:'], 'ada', 400, 'bad-message'],
    ['a name that is too long', [`user:${'x'.repeat(257)}`], 'ada', 400, 'limit-exceeded'],
    ['more than 50 topics', Array.from({ length: 51 }, (_, n) => `user:${n}`), 'ada', 400, 'limit-exceeded'],
    ['more spaces than that', [], `ada/s/${Array.from({ length: 51 }, (_, n) => `s${n}`)}`, 400, 'limit-exceeded'],
  ])('refuses %s, before a stream begins', async (_, topics, as, status, code) => {
    await using server = await served()
    const answer = await answerOf(await eventsOf(server, topics, as))
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(server.refused).toHaveLength(1)
    expect(server.refused[0]).toMatch(new RegExp(`^${code} (events|watch) ada$`))
  })

  it('refuses who names no topic and has no space', async () => {
    await using server = await served({ authenticate: () => ({ userId: 'ada', spaces: [] }) })
    const answer = await answerOf(await eventsOf(server, []))
    expect([answer.status, answer.body.code, answer.body.details.field]).toEqual([400, 'bad-message', 'watch'])
  })

  it('brings of the granted spaces those that may be watched', async () => {
    const canWatch = (_: unknown, topic: string) => topic !== 'space:hall'
    await using server = await served({ presence: { access: { canWatch } } })
    const text = await heard(server, await eventsOf(server, [], 'ada/s/room,hall'))
    expect(text).toContain('"space:room"')
    expect(text).not.toContain('space:hall')
  })

  it('gives events an id that fits into a header, or none', async () => {
    await using server = await served({ presence: everything })
    const few = await heard(server, await eventsOf(server, ['user:a', 'user:b']))
    expect(few).toMatch(/^id: \S/m)
    const names = Array.from({ length: 50 }, (_, n) => `user:${n} ${'ü'.repeat(100)}`)
    const many = await heard(server, await eventsOf(server, names))
    expect(many).toContain('"snapshot"')
    expect(many).not.toMatch(/^id:/m)
  })

  it('is open as often at once as a user may have connections', async () => {
    await using server = await served({ presence: { policy: { maxConnections: 2 } } })
    const open = [await eventsOf(server, ['space:room']), await eventsOf(server, ['space:room'], 'ada/other')]
    const refused = await answerOf(await eventsOf(server, ['space:room']))
    expect([refused.status, refused.body.code, refused.body.details.limit]).toEqual([429, 'rate-limited', 2])
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await eventsOf(server, ['space:room'], 'grace')).status).toBe(200)
    await open[0]?.body?.cancel()
    expect((await eventsOf(server, ['space:room'])).status).toBe(200)
    // What does not come to a stream takes no place.
    await open[1]?.body?.cancel()
    for (let n = 0; n < 3; n++) expect((await eventsOf(server, ['space:secret'])).status).toBe(403)
    expect((await eventsOf(server, ['space:room'])).status).toBe(200)
    expect((await eventsOf(server, ['space:room'])).status).toBe(429)
  })
})
