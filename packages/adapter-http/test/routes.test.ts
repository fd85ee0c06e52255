import { describe, expect, it } from 'vitest'
import { type Served, served } from './served.ts'

const idsOf = ({ body }: { body: { users: { userId: string }[] } }) => body.users.map(({ userId }) => userId)

/** Marks users present in `room`, or in the spaces named. */
async function arrive(server: Served, ...names: string[]): Promise<void> {
  for (const name of names) expect((await server.ask('POST', '/sign-in', { as: name })).status).toBe(204)
}

describe('sign-in and sign-out', () => {
  it('marks the user online, and offline at once', async () => {
    await using server = await served()
    await arrive(server, 'ada/one')
    expect((await server.presence.get('ada')).status).toBe('online')
    expect((await server.ask('POST', '/sign-out', { as: 'ada/one' })).status).toBe(204)
    expect((await server.presence.get('ada')).status).toBe('offline')
  })

  it('ends this session, or all of the user', async () => {
    await using server = await served()
    await arrive(server, 'ada/one', 'ada/two', 'ada/three')
    await server.ask('POST', '/sign-out', { as: 'ada/one' })
    const { connections } = await server.presence.get('ada', { as: 'admin' })
    expect(connections.map(({ sessionId }) => sessionId)).toEqual(['two', 'three'])
    await server.ask('POST', '/sign-out', { as: 'ada/two', body: { all: true } })
    expect((await server.presence.get('ada')).status).toBe('offline')
  })

  it('counts a heartbeat right after a new sign-in of the same session', async () => {
    await using server = await served()
    await server.ask('POST', '/heartbeat')
    await server.ask('POST', '/sign-out')
    await server.clock.advance(1)
    expect((await server.ask('POST', '/heartbeat')).body.counted).toBe(true)
    expect((await server.presence.get('ada')).status).toBe('online')
  })

  it('says so when the user has as many connections as one may have', async () => {
    await using server = await served({ presence: { policy: { maxConnections: 1 } } })
    await arrive(server, 'ada/one')
    const { status, body } = await server.ask('POST', '/sign-in', { as: 'ada/two' })
    expect([status, body.code, body.details.limit]).toEqual([409, 'limit-exceeded', 1])
    const beat = await server.ask('POST', '/heartbeat', { as: 'ada/two' })
    expect([beat.status, beat.body.code]).toEqual([409, 'limit-exceeded'])
  })
})

describe('PUT /me/last-seen', () => {
  it('is input', async () => {
    await using server = await served()
    await arrive(server, 'ada')
    await server.clock.advance(80_000)
    await server.ask('POST', '/heartbeat', { body: { nextInMs: 600_000 } })
    await server.clock.advance(300_000)
    expect((await server.presence.get('ada')).status).toBe('away')
    expect((await server.ask('PUT', '/me/last-seen')).status).toBe(204)
    expect((await server.presence.get('ada')).status).toBe('online')
  })
})

describe('GET /online', () => {
  it('lists who is present in a space, page by page', async () => {
    await using server = await served()
    const names = Array.from({ length: 7 }, (_, i) => `user-${i}`)
    await arrive(server, ...names, 'stranger//elsewhere')
    const pages: string[][] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await server.ask('GET', `/online?space=room&limit=3${query}`)
      expect(page.status).toBe(200)
      pages.push(idsOf(page))
      cursor = page.body.next
    }
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(pages.flat()).toEqual(names)
  })

  it('means the only space that was granted to who asks, and all of them to an admin', async () => {
    await using server = await served()
    await arrive(server, 'grace', 'stranger//elsewhere')
    expect(idsOf(await server.ask('GET', '/online'))).toEqual(['grace'])
    expect(idsOf(await server.ask('GET', '/online', { as: 'root' }))).toEqual(['grace', 'stranger'])
    const unclear = await server.ask('GET', '/online', { as: 'ada//room,elsewhere' })
    expect([unclear.status, unclear.body.details]).toEqual([400, { field: 'space', spaces: ['room', 'elsewhere'] }])
  })

  it('lists by status', async () => {
    await using server = await served()
    await arrive(server, 'ada', 'grace')
    await server.ask('PUT', '/me/status', { as: 'grace', body: { status: 'busy' } })
    expect(idsOf(await server.ask('GET', '/online?status=busy'))).toEqual(['grace'])
    expect((await server.ask('GET', '/online?status=offline')).status).toBe(400)
  })

  it('shows of each user the one space, and more to admins alone', async () => {
    await using server = await served()
    await arrive(server, 'grace//room,elsewhere')
    const [grace] = (await server.ask('GET', '/online')).body.users
    expect(grace.spaces).toEqual([{ space: 'room', state: null }])
    expect(grace).not.toHaveProperty('connections')
    const [forAdmin] = (await server.ask('GET', '/online', { as: 'root' })).body.users
    expect(forAdmin.connections).toHaveLength(1)
    expect(forAdmin.shown.status).toBe('online')
  })

  it('takes from 1 to 1,000 for a page', async () => {
    await using server = await served()
    for (const limit of ['0', '1001', '-1', '1.5', 'x', '']) {
      const { status, body } = await server.ask('GET', `/online?limit=${limit}`)
      expect([limit, status, body.details?.field]).toEqual([limit, 400, 'limit'])
    }
    expect((await server.ask('GET', '/online?limit=1000')).status).toBe(200)
  })
})

describe('GET /online/count', () => {
  it('counts by status, in a space or, for admins, everywhere', async () => {
    await using server = await served()
    await arrive(server, 'ada', 'grace', 'stranger//elsewhere')
    await server.ask('PUT', '/me/status', { as: 'grace', body: { status: 'dnd' } })
    expect((await server.ask('GET', '/online/count')).body).toEqual({ present: 2, online: 1, away: 0, busy: 0, dnd: 1 })
    const all = await server.ask('GET', '/online/count', { as: 'root' })
    expect(all.body).toEqual({ present: 3, online: 2, away: 0, busy: 0, dnd: 1 })
  })
})

describe('POST /users', () => {
  it('answers up to 1,000 users in the order asked for', async () => {
    await using server = await served()
    await arrive(server, 'ada', 'grace')
    const asked = await server.ask('POST', '/users', { body: { userIds: ['grace', 'ada'] } })
    expect(idsOf(asked)).toEqual(['grace', 'ada'])
    const userIds = Array.from({ length: 1000 }, (_, i) => `${'ü'.repeat(120)}${i}`)
    const all = await server.ask('POST', '/users', { as: 'root', body: { userIds } })
    expect(idsOf(all)).toEqual(userIds)
    for (const wrong of [[...userIds, 'more'], [], [''], ['x'.repeat(257)], ['a\0b'], ['\ud800'], [1], 'ada', null]) {
      const { status, body } = await server.ask('POST', '/users', { as: 'root', body: { userIds: wrong } })
      expect([status, body.details.field.startsWith('userIds')]).toEqual([400, true])
    }
  })

  it('is refused as a whole if one of them may not be seen', async () => {
    await using server = await served()
    await arrive(server, 'ada', 'stranger//elsewhere')
    const { status, body } = await server.ask('POST', '/users', { body: { userIds: ['ada', 'stranger'] } })
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  it('takes a longer body than other routes', async () => {
    await using server = await served({ limits: { batchBytes: 30_000 } })
    const ask = (count: number) =>
      server.ask('POST', '/users', {
        as: 'root',
        body: { userIds: Array.from({ length: count }, () => 'x'.repeat(250)) },
      })
    expect((await ask(100)).status).toBe(200)
    expect((await ask(200)).status).toBe(413)
  })
})

describe('/me', () => {
  it('shows the real state, and takes a status and a message until they end', async () => {
    await using server = await served()
    await arrive(server, 'ada')
    expect((await server.ask('PUT', '/me/status', { body: { status: 'busy', forMs: 60_000 } })).status).toBe(204)
    const message = { text: 'au café', emoji: '☕', forMs: 30_000 }
    expect((await server.ask('PUT', '/me/message', { body: message })).status).toBe(204)
    const { body } = await server.ask('GET', '/me')
    expect(body).toMatchObject({
      userId: 'ada',
      status: 'busy',
      message: { text: 'au café', emoji: '☕' },
      hidden: false,
    })
    expect(body.claims).toMatchObject([{ source: 'manual', status: 'busy' }])
    await server.clock.advance(60_000)
    expect((await server.ask('GET', '/me')).body).toMatchObject({ status: 'online', message: null, claims: [] })
  })

  it('ends a status and a message', async () => {
    await using server = await served()
    await arrive(server, 'ada')
    await server.ask('PUT', '/me/status', { body: { status: 'dnd' } })
    await server.ask('PUT', '/me/message', { body: { text: 'hi' } })
    expect((await server.ask('DELETE', '/me/status')).status).toBe(204)
    expect((await server.ask('DELETE', '/me/message')).status).toBe(204)
    expect((await server.ask('GET', '/me')).body).toMatchObject({ status: 'online', message: null })
  })

  it('refuses a claim that access does not permit', async () => {
    await using server = await served({ presence: { access: { canClaim: (_viewer, { status }) => status !== 'dnd' } } })
    await arrive(server, 'ada')
    expect((await server.ask('PUT', '/me/status', { body: { status: 'dnd' } })).status).toBe(403)
    expect((await server.ask('PUT', '/me/status', { body: { status: 'busy' } })).status).toBe(204)
  })

  it('names what is wrong with a message', async () => {
    await using server = await served()
    const long = await server.ask('PUT', '/me/message', { body: { text: 'x'.repeat(141) } })
    expect([long.status, long.body.code, long.body.details]).toEqual([
      400,
      'limit-exceeded',
      { length: 141, limit: 140 },
    ])
    const bad = await server.ask('PUT', '/me/message', { body: { text: 'x', forMs: 0 } })
    expect([bad.status, bad.body.details.field]).toEqual([400, 'forMs'])
    expect((await server.ask('PUT', '/me/message', { body: { text: '\0' } })).status).toBe(400)
  })
})

describe('profiles', () => {
  it('adds what the application knows of users, in every list', async () => {
    const asked: (readonly string[])[] = []
    await using server = await served({
      profilesOf: async (userIds, viewer) => {
        asked.push(userIds)
        return userIds.map((id) => (id === 'grace' ? { name: 'Grace', for: viewer.userId } : undefined))
      },
    })
    await arrive(server, 'ada', 'grace')
    const online = (await server.ask('GET', '/online')).body.users
    expect(online[0]).not.toHaveProperty('profile')
    expect(online[1].profile).toEqual({ name: 'Grace', for: 'ada' })
    expect((await server.ask('GET', '/users/grace')).body.profile.name).toBe('Grace')
    expect((await server.ask('GET', '/admin/users/grace', { as: 'root' })).body.profile.name).toBe('Grace')
    expect(asked).toEqual([['ada', 'grace'], ['grace'], ['grace']])
  })
})
