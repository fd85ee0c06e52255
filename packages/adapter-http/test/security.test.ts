import { describe, expect, it } from 'vitest'
import type { Route } from '../src/routes/route.ts'
import { type Answer, type Served, served } from './served.ts'
import { tableOfRoutes } from './table.ts'

const routes = tableOfRoutes()

const pathOf = ({ path }: Route) => path.replace(/:\w+/g, 'ada')
const named = (who: readonly Route['who'][]) =>
  routes.filter((route) => who.includes(route.who)).map((route) => [route.name, route] as const)
const signedIn = named(['signed-in', 'admin'])

/** The one shape of refusals. */
function expectProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  expect([status, body.code]).toEqual([expected, code])
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'details', 'status', 'title', 'type'])
  expect(body).toMatchObject({ type: 'about:blank', status: expected, detail: expect.stringMatching(/\S/) })
}

describe.each(signedIn)('%s', (name, route) => {
  const ask = (server: Served, as: string | null) => server.ask(route.method, pathOf(route), { as })

  it('refuses who shows no token, or one that nobody knows', async () => {
    await using server = await served()
    const without = await ask(server, null)
    expectProblem(without, 401, 'authentication-error')
    expect(without.headers.get('www-authenticate')).toBe('Bearer')
    const bad = await ask(server, 'bad token')
    expectProblem(bad, 401, 'authentication-error')
    expect(server.refused).toEqual(Array(2).fill(`authentication-error ${name} null`))
    expect(await server.presence.list({ as: 'admin' })).toEqual({ users: [], next: null })
  })

  it('says that it cannot be told now, and nothing of why, when authenticate throws', async () => {
    await using server = await served()
    const answer = await ask(server, 'broken')
    expectProblem(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(JSON.stringify(answer.body)).not.toContain('key server')
    expect(server.refused).toEqual([`unavailable ${name} null`])
    expect(String((server.errors[0] as Error).cause)).toContain('key server')
  })
})

describe.each(named(['admin']))('%s', (name, route) => {
  it('refuses who is no admin, before anything is read', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in')
    const before = await server.presence.get('ada', { as: 'admin' })
    const answer = await server.ask(route.method, pathOf(route), {
      body: route.method === 'GET' ? undefined : 'no JSON',
    })
    expectProblem(answer, 403, 'forbidden')
    expect(server.refused).toEqual([`forbidden ${name} ada`])
    expect(await server.presence.get('ada', { as: 'admin' })).toEqual(before)
  })

  it('refuses when isAdmin throws', async () => {
    const isAdmin = () => {
      throw new Error('no roles today')
    }
    await using server = await served({ presence: { access: { isAdmin } } })
    expectProblem(await server.ask(route.method, pathOf(route), { as: 'root' }), 403, 'forbidden')
  })
})

it('has routes for everybody who signed in and for admins, and shows their table', () => {
  expect(signedIn.length).toBeGreaterThan(15)
  expect(named(['admin']).length).toBeGreaterThan(6)
})

describe('what may not be watched', () => {
  it('is 403, whatever is asked of it', async () => {
    await using server = await served()
    await server.ask('POST', '/sign-in', { as: 'stranger//elsewhere' })
    const asked = [
      await server.ask('GET', '/online?space=elsewhere'),
      await server.ask('GET', '/online/count?space=elsewhere'),
      await server.ask('GET', '/users/stranger'),
      await server.ask('POST', '/users', { body: { userIds: ['ada', 'stranger'] } }),
    ]
    for (const answer of asked) expectProblem(answer, 403, 'forbidden')
    expect(server.refused).toEqual(['online', 'count', 'user', 'users'].map((name) => `forbidden ${name} ada`))
    expect((await server.ask('GET', '/users/stranger', { as: 'root' })).status).toBe(200)
  })

  it('is what the hooks of the application say', async () => {
    await using server = await served({
      presence: { access: { canWatch: async (_viewer, topic) => topic === 'user:stranger' } },
    })
    expect((await server.ask('GET', '/users/stranger')).status).toBe(200)
    expect((await server.ask('GET', '/users/ada')).status).toBe(403)
    expect((await server.ask('GET', '/online?space=room')).status).toBe(403)
  })
})

describe('an invisible user', () => {
  it('looks on every route as if they had gone offline at that moment', async () => {
    await using server = await served()
    const seenBy = async (as: string) => ({
      user: (await server.ask('GET', '/users/ada', { as })).body,
      batch: (await server.ask('POST', '/users', { as, body: { userIds: ['ada', 'grace'] } })).body,
      online: (await server.ask('GET', '/online?space=room', { as })).body,
      count: (await server.ask('GET', '/online/count?space=room', { as })).body,
    })
    await server.ask('POST', '/sign-in', { as: 'grace' })
    await server.ask('POST', '/sign-in')
    await server.ask('PUT', '/me/message', { body: { text: 'here I am' } })
    await server.clock.advance(5000)
    await server.ask('PUT', '/me/status', { body: { status: 'invisible' } })
    const hidden = await seenBy('grace')
    expect(hidden.user).toMatchObject({
      status: 'offline',
      isOnline: false,
      spaces: [],
      lastSeenAt: server.presence.now(),
    })
    expect(hidden.online.users.map(({ userId }: { userId: string }) => userId)).toEqual(['grace'])
    expect(hidden.count.present).toBe(1)
    expect((await server.ask('GET', '/me')).body).toMatchObject({ status: 'online', hidden: true })

    // Nothing that they do shows, and all of it is what is seen of somebody who did go at that moment.
    await server.clock.advance(5000)
    await server.ask('POST', '/heartbeat', { body: { active: true } })
    await server.ask('PUT', '/me/last-seen')
    await server.ask('PUT', '/me/message', { body: { text: 'still here' } })
    expect(await seenBy('grace')).toEqual(hidden)
  })
})

describe('a page of another site', () => {
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  /** A login by cookie, which the browser adds to whatever any page sends. */
  const byCookie = { authenticate: () => ({ userId: 'ada', spaces: ['room'] }) }

  it('cannot act by the cookies of its visitor', async () => {
    await using server = await served(byCookie)
    const answer = await server.ask('POST', '/sign-out', { as: null, headers: foreign })
    expectProblem(answer, 403, 'forbidden')
    expect(
      (await server.ask('POST', '/sign-in', { as: null, headers: { 'sec-fetch-site': 'same-origin' } })).status,
    ).toBe(204)
  })

  it('can if it is welcome, or shows a token', async () => {
    await using server = await served({ ...byCookie, cors: { origins: ['https://app.example'], credentials: true } })
    const welcome = { ...foreign, origin: 'https://app.example' }
    const answer = await server.ask('POST', '/sign-in', { as: null, headers: welcome })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect((await server.ask('POST', '/sign-in', { as: null, headers: foreign })).status).toBe(403)
    expect((await server.ask('POST', '/sign-in', { headers: foreign })).status).toBe(204)
  })

  const evil = 'https://evil.example'
  it.each([
    ['from another site, where any may read answers', foreign, { origins: '*', credentials: true }],
    ['from another site, where it may send no cookies', foreign, { origins: [evil] }],
    ['from a site beside ours', { 'sec-fetch-site': 'same-site', origin: 'https://evil.localhost' }, undefined],
    ['by a login that browsers send along', { ...foreign, authorization: 'Basic eDp5' }, undefined],
    ['by a browser that does not say whence', { origin: evil }, undefined],
    ['by a browser that does not say whence, from a page of no origin', { origin: 'null' }, undefined],
    ['by a browser that does not say whence, from another port', { origin: 'http://localhost:8080' }, undefined],
  ] as const)('cannot act %s', async (_, headers, cors) => {
    await using server = await served({ ...byCookie, ...(cors && { cors }) })
    expectProblem(await server.ask('POST', '/sign-out', { as: null, headers }), 403, 'forbidden')
    expect(server.refused).toEqual(['forbidden signOut null'])
  })

  it.each([
    ['our own page', { origin: 'http://localhost' }],
    ['our own page, where encryption ends before us', { origin: 'https://localhost' }],
    ['our own page, by the name that the browser asked for', { origin: 'https://app.example', host: 'app.example' }],
    [
      'our own page, which a browser vouches for',
      { 'sec-fetch-site': 'same-origin', origin: 'https://public.example' },
    ],
    ['the user, by hand', { 'sec-fetch-site': 'none' }],
    ['a program', {}],
  ])('is not %s, which may', async (_, headers) => {
    await using server = await served(byCookie)
    expect((await server.ask('POST', '/sign-out', { as: null, headers: headers as never })).status).toBe(204)
  })
})
