import { policies } from '@rollcall/core'
import { describe, expect, it } from 'vitest'
import { httpPresets } from '../src/index.ts'
import { type Served, served } from './served.ts'

const isoStamp = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

/** Ada is here; Linus was. */
async function crowd(server: Served): Promise<void> {
  await server.presence.touch({ userId: 'ada', sessionId: 'laptop', spaces: ['room'] })
  await server.presence.touch({ userId: 'linus', spaces: ['room'] })
  await server.clock.advance(1000)
  await server.presence.signOut('linus')
}

describe('the preset of a chat', () => {
  it('has the routes of its status service, under its names', async () => {
    await using server = await served(httpPresets.chat)
    await crowd(server)
    const online = await server.ask('GET', '/users/online?limit=10')
    expect(online.body).toMatchObject({ users: [{ userId: 'ada', isOnline: true, lastSeen: null }], next: null })
    expect((await server.ask('GET', '/users/online/count')).body.count).toBe(1)
    const linus = { userId: 'linus', isOnline: false, status: 'offline', lastSeen: isoStamp, statusSince: isoStamp }
    expect((await server.ask('GET', '/users/linus/status')).body).toMatchObject(linus)
    const batch = await server.ask('POST', '/users/status', { body: { userIds: ['linus', 'ada'] } })
    expect(batch.body.users).toMatchObject([linus, { userId: 'ada' }])
    expect((await server.ask('PUT', '/users/last-seen')).status).toBe(204)
    expect((await server.ask('GET', '/online')).status).toBe(404)
  })
})

describe('the preset of heartbeats', () => {
  it('marks online, keeps online, and shows admins status and stamps alone', async () => {
    await using server = await served({ ...httpPresets.heartbeat, presence: { policy: policies.httpHeartbeat } })
    await crowd(server)
    await server.presence.setMessage('ada', { text: 'private' })
    await server.presence.claim('ada', { source: 'manual', status: 'busy' })
    expect((await server.ask('POST', '/login', { as: 'grace' })).status).toBe(204)
    expect((await server.ask('POST', '/heartbeat', { as: 'grace' })).body).toEqual({ counted: true, leaseMs: 120_000 })
    const { body } = await server.ask('GET', '/admin/users?limit=1000', { as: 'root' })
    expect(body.users).toEqual([
      { userId: 'ada', status: 'busy', isOnline: true, statusSince: isoStamp, lastSeen: null, lastActiveAt: null },
      { userId: 'grace', status: 'online', isOnline: true, statusSince: isoStamp, lastSeen: null, lastActiveAt: null },
      {
        userId: 'linus',
        status: 'offline',
        isOnline: false,
        statusSince: isoStamp,
        lastSeen: isoStamp,
        lastActiveAt: isoStamp,
      },
    ])
    expect((await server.ask('GET', '/admin/users/linus/status', { as: 'root' })).body).toEqual(body.users[2])
    const set = { as: 'root', body: { status: 'offline' } }
    expect((await server.ask('PUT', '/admin/users/ada/status', set)).status).toBe(204)
    expect((await server.ask('GET', '/users/online', { as: 'root' })).body.users).toMatchObject([{ userId: 'grace' }])
    await server.ask('POST', '/logout', { as: 'grace' })
    expect((await server.ask('GET', '/users/online', { as: 'root' })).body.users).toEqual([])
    expect((await server.ask('PUT', '/me/message', { body: { text: 'x' } })).status).toBe(404)
  })
})

describe('the preset of sessions', () => {
  it('lists who is signed in, with what the application knows and since when', async () => {
    await using server = await served({
      ...httpPresets.sessions,
      presence: { policy: policies.sessions },
      profilesOf: (userIds) => userIds.map((id) => ({ name: id, team: 'engines' })),
    })
    expect((await server.ask('POST', '/sessions', { as: 'ada/laptop' })).status).toBe(204)
    const online = await server.ask('GET', '/sessions/online', { as: 'root' })
    expect(online.body.users).toMatchObject([
      {
        userId: 'ada',
        profile: { name: 'ada', team: 'engines' },
        sessions: [{ sessionId: 'laptop', loginAt: isoStamp }],
      },
    ])
    expect((await server.ask('POST', '/sessions/heartbeat', { as: 'ada/laptop' })).body.leaseMs).toBe(300_000)
    expect((await server.ask('POST', '/sessions/cleanup')).status).toBe(403)
    expect((await server.ask('POST', '/sessions/cleanup', { as: 'root' })).body.due).toBe(0)
    expect((await server.ask('DELETE', '/sessions/current', { as: 'ada/laptop' })).status).toBe(204)
    expect((await server.ask('GET', '/sessions/online/count', { as: 'root' })).body.present).toBe(0)
  })
})

describe('names of the application', () => {
  it('hold for requests and for what is said of them', async () => {
    await using server = await served({
      fields: { userIds: 'ids', nextInMs: 'interval', limit: 'per_page', userId: 'id' },
    })
    const batch = await server.ask('POST', '/users', { body: { ids: ['ada'] } })
    expect(batch.body.users).toMatchObject([{ id: 'ada' }])
    const wrong = await server.ask('POST', '/heartbeat', { body: { interval: -1 } })
    expect([wrong.status, wrong.body.details.field, wrong.body.detail]).toEqual([
      400,
      'interval',
      expect.stringContaining('interval in the body'),
    ])
    expect((await server.ask('GET', '/online?per_page=1001')).body.details.field).toBe('per_page')
    expect((await server.ask('GET', '/users/ada')).body.id).toBe('ada')
  })

  it('leave what the application stores as it is', async () => {
    await using server = await served({ fields: { status: 'state', userId: false }, times: 'iso' })
    const state = { status: 'kept', userId: 'kept', statusSince: 1 }
    await server.presence.open({
      viewer: server.presence.viewerOf({ userId: 'ada', spaces: ['room'] }, 'c1'),
      connectionId: 'c1',
      spaces: [{ space: 'room', state }],
      instance: null,
      resume: null,
      invisible: null,
      listener: {
        onSelf() {},
        onEnded() {},
        probe: async () => true,
        describe: () => ({ viewer: server.presence.viewerOf({ userId: 'ada' }, 'c1'), spaces: null }),
      },
    })
    const [ada] = (await server.ask('GET', '/online')).body.users
    expect(ada.state).toBe('online')
    expect(ada).not.toHaveProperty('userId')
    expect(ada.spaces).toEqual([{ space: 'room', state }])
  })
})
