import { answerQuery, type UserView, type Viewer } from '@rollcall/core'
import type { Counts, QueryPage, WireQuery } from '@rollcall/core/protocol'
import * as z from 'zod'
import type { HttpOptions } from '../options.ts'
import { Problem } from '../problem.ts'
import { counts, seen, user, userPage } from '../views.ts'
import { MAX_PAGE, nameSchema, paging } from './names.ts'
import { type Call, type Route, type RouteParts, route } from './route.ts'

const presentStatus = z.enum(['online', 'away', 'busy', 'dnd'])

/** What others may know of users. Who may see whom is for `access` to say, as over every other transport. */
export function userRoutes(
  { presence, naming }: RouteParts,
  { profilesOf }: Pick<HttpOptions, 'profilesOf'>,
  batchBytes: number,
): readonly Route[] {
  const name = nameSchema(presence)
  const ofSpace = { space: name.optional().describe('Without it: the only one granted to you; for admins everybody') }

  const ask = async (call: Call, query: WireQuery) => answerQuery(presence, call.viewer, await call.audience(), query)

  /** The space that is meant, `null` for everybody. */
  const spaceOf = async (call: Call, space: string | undefined): Promise<string | null> => {
    if (space !== undefined) return space
    if ((await call.audience()) === 'admin') return null
    const { spaces } = call.viewer
    const [only] = spaces
    if (spaces.length === 1 && only !== undefined) return only
    const field = naming.nameOf('space')
    throw new Problem('bad-message', `Name one of your spaces as ${field}; only admins see everybody`, {
      field,
      spaces,
    })
  }
  const profiled = (users: readonly UserView[], viewer: Viewer) => withProfiles(users, viewer, profilesOf)

  return [
    route({
      name: 'online',
      method: 'GET',
      path: '/online',
      who: 'signed-in',
      summary: 'Who is present in a space, ordered by id, by pages.',
      query: z.object({ ...ofSpace, status: presentStatus.optional(), ...paging }),
      response: userPage,
      async handle(call) {
        const { space, status, limit, cursor } = call.query
        const meant = await spaceOf(call, space)
        const filter = status === undefined ? {} : { status }
        const page =
          meant === null
            ? await presence.list({ ...filter, limit, cursor: cursor ?? null, as: 'admin' })
            : ((await ask(call, {
                kind: 'list',
                space: meant,
                ...filter,
                limit,
                ...(cursor === undefined ? {} : { cursor }),
              })) as QueryPage)
        return { users: await profiled(page.users, call.viewer), next: page.next }
      },
    }),
    route({
      name: 'count',
      method: 'GET',
      path: '/online/count',
      who: 'signed-in',
      summary: 'How many are present in a space, as others see it.',
      query: z.object(ofSpace),
      response: counts,
      async handle(call) {
        const space = await spaceOf(call, call.query.space)
        if (space !== null) return (await ask(call, { kind: 'count', space })) as Counts
        const [online, away, busy, dnd] = (await Promise.all(
          presentStatus.options.map((status) => presence.count({ status })),
        )) as [number, number, number, number]
        return { present: online + away + busy + dnd, online, away, busy, dnd }
      },
    }),
    route({
      name: 'user',
      method: 'GET',
      path: '/users/:userId',
      who: 'signed-in',
      summary: 'One user.',
      params: z.object({ userId: name }),
      response: user,
      async handle(call) {
        const { userId } = call.params
        const { users } = (await ask(call, { kind: 'users', userIds: [userId] })) as QueryPage
        const [only] = await profiled(users, call.viewer)
        return only as NonNullable<typeof only>
      },
    }),
    route({
      name: 'users',
      method: 'POST',
      path: '/users',
      who: 'signed-in',
      summary: 'Many users, in the order asked for. One that may not be seen refuses them all.',
      body: z.object({ userIds: z.array(name).min(1).max(MAX_PAGE) }),
      bodyBytes: batchBytes,
      response: z.object({ users: z.array(user) }),
      limited: false,
      async handle(call) {
        const { users } = (await ask(call, { kind: 'users', userIds: call.body.userIds })) as QueryPage
        return { users: await profiled(users, call.viewer) }
      },
    }),
  ]
}

/** Views as they are answered, with what the application adds. */
export async function withProfiles(
  views: readonly UserView[],
  viewer: Viewer,
  profilesOf: HttpOptions['profilesOf'],
): Promise<z.output<typeof user>[]> {
  const users = views.map((view): z.output<typeof user> => seen(view))
  if (profilesOf === undefined || users.length === 0) return users
  const profiles = await profilesOf(
    users.map(({ userId }) => userId),
    viewer,
  )
  return users.map((one, i) => (profiles[i] === undefined ? one : { ...one, profile: profiles[i] }))
}
