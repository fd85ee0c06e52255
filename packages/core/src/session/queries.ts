import type { Presence, Viewer } from '../engine/presence.ts'
import { PresenceError } from '../errors.ts'
import type { Counts, QueryPage, Topic, WireQuery, WireUser } from '../protocol/messages.ts'
import { permits, sift } from './permissions.ts'

/** Users on a page unless the client names a number. */
const PAGE = 50

/** Answers one question of a client. Rejects with `forbidden` for what the viewer may not watch. */
export async function answerQuery(
  presence: Presence,
  viewer: Viewer,
  audience: 'others' | 'admin',
  query: WireQuery,
): Promise<QueryPage | Counts> {
  const mayWatch = (topic: Topic) => permits(presence, 'canWatch', (access) => access.canWatch(viewer, topic))
  const demand = (allowed: boolean, what: string) => {
    if (!allowed) throw new PresenceError('forbidden', `${what} may not be seen by you`)
  }
  switch (query.kind) {
    case 'list': {
      const { space, status, cursor = null, limit = PAGE } = query
      demand(await mayWatch(`space:${space}`), `The space ${space}`)
      const where = status === undefined ? { space } : { space, status }
      const page = await presence.list({ ...where, cursor, limit, as: audience })
      return { users: page.users.map((user) => inSpace(user, space)), next: page.next }
    }
    case 'count': {
      const { space } = query
      demand(await mayWatch(`count:${space}`), `The space ${space}`)
      return presence.counts(space)
    }
    case 'users': {
      const { denied, unknown } = await sift(query.userIds, (userId) => mayWatch(`user:${userId}`))
      if (unknown.length > 0) throw new PresenceError('unavailable', 'It cannot be told now who may be seen; try again')
      demand(denied.length === 0, denied.length === 1 ? `The user ${denied[0]}` : `${denied.length} of these users`)
      const users = await presence.getMany(query.userIds, { as: audience })
      return { users: users.map((user) => (audience === 'others' ? { ...user, spaces: [] } : user)), next: null }
    }
  }
}

/** In a space's list a user shows that space alone. */
function inSpace(user: WireUser, space: string): WireUser {
  return { ...user, spaces: user.spaces.filter((stay) => stay.space === space) }
}
