import { createTestCluster } from '@rollcall/core/testing'
import { describe, expect, it } from 'vitest'
import { createPresenceHandler } from '../src/index.ts'
import { answerOf, authenticate, requestOf, served } from './served.ts'

describe('a request that leads nowhere', () => {
  it('is 404, below the base path and beside it', async () => {
    await using server = await served()
    const nowhere = await server.ask('GET', '/nowhere')
    expect([nowhere.status, nowhere.body.code, nowhere.body.details]).toEqual([404, 'not-found', { path: '/nowhere' }])
    const beside = await answerOf(await server.handler(requestOf('GET', '/presencer/me')))
    expect([beside.status, beside.body.code]).toEqual([404, 'not-found'])
    expect(server.refused).toEqual(['not-found http null', 'not-found http null'])
  })

  it('is 405 with what is allowed, HEAD included', async () => {
    await using server = await served()
    const answer = await server.ask('PATCH', '/me')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await server.ask('GET', '/me/status')).headers.get('allow')).toBe('PUT, DELETE')
    expect((await server.ask('OPTIONS', '/me')).status).toBe(405)
  })

  it('takes a slash at the end for nothing', async () => {
    await using server = await served()
    expect((await server.ask('GET', '/me/')).status).toBe(200)
    expect((await server.ask('GET', '/users/ada/')).body.userId).toBe('ada')
  })

  it('is 400 for a path that is not well encoded', async () => {
    await using server = await served()
    expect((await server.ask('GET', '/users/%E0%A4%A')).status).toBe(400)
    expect((await server.ask('GET', '/users/%00')).status).toBe(400)
  })
})

describe('a body', () => {
  it('is JSON, by its type and by its content', async () => {
    await using server = await served()
    const put = (body: unknown, type?: string) =>
      server.ask('PUT', '/me/message', { body, ...(type === undefined ? {} : { headers: { 'content-type': type } }) })
    expect((await put({ text: 'hi' }, 'Application/JSON; charset=utf-8')).status).toBe(204)
    expect((await put({ text: 'hi' }, 'application/merge-patch+json')).status).toBe(204)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const { status, body } = await put({ text: 'hi' }, type)
      expect([status, body.code, body.details]).toEqual([415, 'unsupported-media-type', { type }])
    }
    for (const broken of ['{', 'null', '[]', '"text"', '{"text":1}']) {
      expect([broken, (await put(broken)).status]).toEqual([broken, 400])
    }
    expect((await server.ask('PUT', '/me/message')).body.details).toMatchObject({ in: 'body', field: 'text' })
  })

  it('is as long as presence takes, and no longer', async () => {
    await using server = await served({ presence: { limits: { messageBytes: 100 } } })
    const put = (length: number) => server.ask('PUT', '/me/message', { body: `{"text":"${' '.repeat(length - 11)}"}` })
    expect((await put(100)).status).toBe(204)
    const long = await put(101)
    expect([long.status, long.body.code, long.body.details]).toEqual([413, 'limit-exceeded', { limit: 100 }])
  })

  it('cannot reach what objects inherit', async () => {
    await using server = await served()
    const { status } = await server.ask('PUT', '/me/message', { body: '{"text":"x","__proto__":{"emoji":"!"}}' })
    expect(status).toBe(204)
    expect((await server.ask('GET', '/me')).body.message.emoji).toBeNull()
    expect((await server.ask('GET', '/online?__proto__=x&constructor=y')).status).toBe(200)
    expect((await server.ask('GET', '/users/__proto__', { as: 'root' })).body.userId).toBe('__proto__')
  })
})

describe('too many requests', () => {
  it('are refused per session, with the time to wait', async () => {
    await using server = await served({ limits: { writes: { burst: 3, perSecond: 0.5 } } })
    const sign = (as: string) => server.ask('POST', '/sign-in', { as })
    for (let i = 0; i < 3; i++) expect((await sign('ada/one')).status).toBe(204)
    const refused = await sign('ada/one')
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([429, 'rate-limited', '2'])
    expect(server.refused).toEqual(['rate-limited signIn ada'])
    expect((await sign('ada/two')).status).toBe(204)
    await server.clock.advance(1999)
    expect((await sign('ada/one')).status).toBe(429)
    await server.clock.advance(1)
    expect((await sign('ada/one')).status).toBe(204)
  })

  it('are never heartbeats or questions', async () => {
    await using server = await served({ limits: { writes: { burst: 1, perSecond: 0.001 } } })
    for (let i = 0; i < 50; i++) {
      expect((await server.ask('POST', '/heartbeat')).status).toBe(200)
      expect((await server.ask('GET', '/online')).status).toBe(200)
    }
  })
})

describe('while the store is away', () => {
  it('is 503 with a time to come back, for reads and writes, and all is well afterwards', async () => {
    await using cluster = await createTestCluster({ nodes: 1 })
    const { presence } = cluster.nodes[0]
    const handler = createPresenceHandler(presence, { authenticate })
    const ask = async (method: string, path: string, body?: unknown) =>
      answerOf(await handler(requestOf(method, `/presence${path}`, { body })))
    await ask('POST', '/sign-in')
    cluster.store.away(true)
    for (const [method, path, body] of [
      ['GET', '/users/ada'],
      ['GET', '/online'],
      ['GET', '/online/count'],
      ['GET', '/me'],
      ['PUT', '/me/status', { status: 'busy' }],
    ] as const) {
      const { status, headers, body: problem } = await ask(method, path, body)
      expect([path, status, problem.code, headers.get('retry-after')]).toEqual([path, 503, 'unavailable', '1'])
    }
    cluster.store.away(false)
    await cluster.advance('1m')
    expect((await ask('POST', '/heartbeat')).body.counted).toBe(true)
    expect((await ask('GET', '/me')).status).toBe(200)
  })

  it('does not take a heartbeat for counted that was not', async () => {
    await using server = await served()
    const { beat } = server.presence
    Object.assign(server.presence, { beat: () => Promise.reject(new Error('secret')) })
    const failed = await server.ask('POST', '/heartbeat')
    expect([failed.status, failed.body.code]).toEqual([500, 'internal-error'])
    Object.assign(server.presence, { beat })
    expect((await server.ask('POST', '/heartbeat')).body.counted).toBe(true)
  })
})

describe('a fault of ours', () => {
  it('is 500, says nothing of itself, and is reported', async () => {
    const fault = new Error('password of the database: hunter2')
    await using server = await served({
      profilesOf: () => {
        throw fault
      },
    })
    await server.ask('POST', '/sign-in')
    const answer = await server.ask('GET', '/online')
    expect([answer.status, answer.body.code]).toEqual([500, 'internal-error'])
    expect(JSON.stringify(answer.body)).not.toContain('hunter2')
    expect((server.errors[0] as Error).cause).toBe(fault)
    expect(server.refused).toEqual(['internal-error online ada'])
  })

  it('is an authenticate that never answers', async () => {
    await using server = await served({ authenticate: () => new Promise(() => {}), authenticateWithin: '5s' })
    const asked = server.ask('GET', '/me')
    await server.clock.advance(5000)
    expect((await asked).status).toBe(503)
  })

  it('is an authenticate that answers what nobody can be', async () => {
    for (const found of [
      { userId: '' },
      { userId: 'x'.repeat(300) },
      { userId: 'ada', sessionId: 'a\0b' },
      'ada',
      {},
    ]) {
      await using server = await served({ authenticate: () => found as never })
      expect((await server.ask('GET', '/me')).status).toBe(503)
      expect(server.errors).toHaveLength(1)
    }
  })

  it('is no login that has ended', async () => {
    await using server = await served({ authenticate: () => ({ userId: 'ada', expiresInMs: 0 }) })
    expect((await server.ask('GET', '/me')).status).toBe(401)
  })
})

describe('cross-origin requests', () => {
  it('are answered for welcome origins, and for nobody unless configured', async () => {
    await using server = await served({ cors: { origins: ['https://app.example'] } })
    const preflight = await server.ask('OPTIONS', '/me/status', {
      as: null,
      headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('PUT, DELETE')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    const stranger = await server.ask('GET', '/me', { headers: { origin: 'https://evil.example' } })
    expect([stranger.headers.get('access-control-allow-origin'), stranger.headers.get('vary')]).toEqual([
      null,
      'Origin',
    ])
    // A page must be able to read why it was refused.
    const refused = await server.ask('GET', '/me', { as: null, headers: { origin: 'https://app.example' } })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://app.example'])
  })
})

describe('settings that cannot work', () => {
  const wrong: Record<string, object> = {
    authenticate: { authenticate: undefined },
    basePath: { basePath: 'presence' },
    'routes.nothing': { routes: { nothing: 'GET /x' } },
    'routes.user': { routes: { user: 'GET /users' } },
    'routes.heartbeat': { routes: { heartbeat: 'heartbeat' } },
    'fields.nothing': { fields: { nothing: 'x' } },
    'fields.status': { fields: { status: 'isOnline' } },
    'limits.writes': { limits: { writes: { burst: 0, perSecond: 1 } } },
    'limits.batchBytes': { limits: { batchBytes: -1 } },
    routes: { routes: { me: 'GET /online' } },
  }
  it.each(Object.entries(wrong))('are refused by their name: %s', async (option, options) => {
    await expect(served(options)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(option),
    })
  })
})
