import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { authenticate, requestOf, served } from './served.ts'
import { tableOfRoutes } from './table.ts'

const RUNS = 600

/** Streams and requests that wait are not for one answer. */
const routes = tableOfRoutes().filter(({ name }) => name !== 'events' && name !== 'listen')
const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS')
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 20 }),
  fc.constantFrom('__proto__', 'constructor', '..', 'ada', 'room', '\0', '\ud800'),
)
const fields = [
  'userIds',
  'status',
  'forMs',
  'text',
  'emoji',
  'all',
  'nextInMs',
  'active',
  'connectionIds',
  'connectionId',
  'messages',
  'type',
  '__proto__',
]
const body = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
  fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constant('['.repeat(16_000)),
  fc.constant('x'.repeat(20_000)),
)
const asked = fc.record({
  route: fc.constantFrom(...routes),
  method: fc.option(methods),
  params: fc.array(text, { minLength: 3, maxLength: 3 }),
  query: fc.dictionary(fc.constantFrom('space', 'status', 'limit', 'cursor', '__proto__', 'x'), text),
  body: fc.option(body),
  type: fc.constantFrom('application/json', 'application/json', 'text/plain', ''),
  as: fc.constantFrom('ada', 'root', 'bad', null),
})

it('answers whatever is sent with an answer or a refusal, and never fails', { timeout: 60_000 }, async () => {
  await using server = await served({ authenticate, limits: { writes: { burst: 1e9, perSecond: 1e9 } } })
  await server.presence.touch({ userId: 'ada', spaces: ['room'] })
  const property = fc.asyncProperty(asked, async ({ route, method, params, query, body, type, as }) => {
    let at = 0
    const path = route.path.replace(/:\w+/g, () => encodeURIComponent((params[at++] ?? '').toWellFormed()) || '%00')
    const search = new URLSearchParams(Object.entries(query)).toString()
    const verb = method ?? route.method
    const hasBody = body !== null && verb !== 'GET' && verb !== 'HEAD'
    const request = requestOf(verb, `/presence${path}?${search}`, {
      as,
      ...(hasBody ? { body, headers: { 'content-type': type } } : {}),
    })
    const response = await server.handler(request)
    const said = await response.text()
    expect(response.status).toBeLessThan(500)
    expect(response.headers.get('cache-control')).toBe('no-store')
    if (response.status >= 400) {
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      if (verb !== 'HEAD') expect(JSON.parse(said)).toMatchObject({ status: response.status, code: expect.any(String) })
    }
    expect(server.errors).toEqual([])
  })
  const { FC_SEED } = process.env
  await fc.assert(property, { numRuns: RUNS, seed: FC_SEED === undefined ? 1 : Number(FC_SEED) })
  expect((await server.ask('GET', '/me')).status).toBe(200)
})
