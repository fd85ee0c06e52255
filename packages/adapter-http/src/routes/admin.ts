import type { Presence } from '@rollcall/core'
import * as z from 'zod'
import type { Heartbeats } from '../heartbeats.ts'
import type { HttpOptions } from '../options.ts'
import { adminUser, connection, seen, userPage } from '../views.ts'
import { listAll } from './list-all.ts'
import { until } from './mine.ts'
import { durationSchema, nameSchema, paging } from './names.ts'
import { type Route, type RouteParts, route } from './route.ts'
import { withProfiles } from './users.ts'

/** The session of the connection by which an absent user is set online. */
const BY_HAND = 'admin'

/** What only admins may do. */
export function adminRoutes(
  { presence }: RouteParts,
  { profilesOf, spacesOf }: Pick<HttpOptions, 'profilesOf' | 'spacesOf'>,
  beats: Heartbeats,
): readonly Route[] {
  const name = nameSchema(presence)
  const params = z.object({ userId: name })
  return [
    route({
      name: 'allUsers',
      method: 'GET',
      path: '/admin/users',
      who: 'admin',
      summary: 'Everybody known, present ones first, ordered by id, by pages.',
      query: z.object({ status: z.enum(['online', 'away', 'busy', 'dnd', 'offline']).optional(), ...paging }),
      response: userPage,
      async handle({ viewer, query: { status, limit, cursor = null } }) {
        const page =
          status === undefined
            ? await listAll(presence, cursor, limit)
            : await presence.list({ status, limit, cursor, as: 'admin' })
        return { users: await withProfiles(page.users, viewer, profilesOf), next: page.next }
      },
    }),
    route({
      name: 'adminUser',
      method: 'GET',
      path: '/admin/users/:userId',
      who: 'admin',
      summary: 'The real state of a user, and what others see.',
      params,
      response: adminUser,
      async handle({ viewer, params: { userId } }) {
        const view = await presence.get(userId, { as: 'admin' })
        const [profile] = (await profilesOf?.([userId], viewer)) ?? []
        return { ...seen(view), ...(profile === undefined ? {} : { profile }) }
      },
    }),
    route({
      name: 'connections',
      method: 'GET',
      path: '/admin/users/:userId/connections',
      who: 'admin',
      summary: 'The connections of a user.',
      params,
      response: z.object({ connections: z.array(connection) }),
      async handle({ params: { userId } }) {
        const { connections } = await presence.get(userId, { as: 'admin' })
        return { connections: connections.map((one) => ({ ...one, spaces: [...one.spaces] })) }
      },
    }),
    route({
      name: 'setStatus',
      method: 'PUT',
      path: '/admin/users/:userId/status',
      who: 'admin',
      summary:
        'Sets a status by hand. offline ends all connections; online of an absent user is a connection that ends with its lease; the rest are claims.',
      params,
      body: z.object({
        status: z.enum(['online', 'away', 'busy', 'dnd', 'offline', 'invisible']),
        forMs: durationSchema(presence).optional().describe('Until the claim ends'),
      }),
      response: null,
      async handle({ params: { userId }, body: { status, forMs } }) {
        await setStatus(presence, userId, status, forMs, spacesOf)
        if (status === 'offline') beats.forget(userId)
      },
    }),
    route({
      name: 'clearStatus',
      method: 'DELETE',
      path: '/admin/users/:userId/status',
      who: 'admin',
      summary: 'Ends the claim that an admin made.',
      params,
      response: null,
      handle: ({ params: { userId } }) => presence.clear(userId, 'admin'),
    }),
    route({
      name: 'kick',
      method: 'POST',
      path: '/admin/users/:userId/kick',
      who: 'admin',
      summary: 'Ends the named connections, or all of them, at once.',
      params,
      body: z.object({ connectionIds: z.array(name).max(1000).optional() }),
      response: null,
      async handle({ params: { userId }, body: { connectionIds } }) {
        await presence.kick(userId, connectionIds === undefined ? {} : { connectionIds })
        beats.forget(userId)
      },
    }),
    route({
      name: 'forget',
      method: 'DELETE',
      path: '/admin/users/:userId',
      who: 'admin',
      summary: 'Erases everything known of a user.',
      params,
      response: null,
      async handle({ params: { userId } }) {
        await presence.forget(userId)
        beats.forget(userId)
      },
    }),
    route({
      name: 'sweep',
      method: 'POST',
      path: '/admin/sweep',
      who: 'admin',
      summary: 'Ends now what is due.',
      response: z.object({
        due: z.number().int().describe('Users whose deadline had passed'),
        deadNodes: z.number().int(),
        lostUsers: z.number().int(),
        durationMs: z.number(),
        heldOff: z.boolean().describe('After an outage everybody first gets time to come back'),
      }),
      handle: () => presence.sweep(),
    }),
  ]
}

async function setStatus(
  presence: Presence,
  userId: string,
  status: 'online' | 'away' | 'busy' | 'dnd' | 'offline' | 'invisible',
  forMs: number | undefined,
  spacesOf: HttpOptions['spacesOf'],
): Promise<void> {
  if (status === 'offline') {
    await presence.kick(userId)
    // What was set by hand before is over: whoever comes back is what their connections say.
    await presence.clear(userId, BY_HAND)
    return
  }
  if (status === 'online') {
    const before = await presence.get(userId, { as: 'admin' })
    if (before.status === 'offline') {
      const spaces = await spacesOf?.(userId)
      await presence.touch({ userId, sessionId: BY_HAND, ...(spaces === undefined ? {} : { spaces }) })
      const after = await presence.get(userId, { as: 'admin' })
      if (after.status === 'online') return
    }
  }
  await presence.claim(userId, { source: BY_HAND, status, ...until(forMs) })
}
