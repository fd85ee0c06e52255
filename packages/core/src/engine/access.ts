import { PresenceError } from '../errors.ts'
import type { Access, Viewer } from './presence.ts'
import type { Reader } from './reader.ts'

/** The space of users to whom none was granted. */
export const DEFAULT_SPACES: readonly string[] = ['default']

/**
 * Who may do what unless the application's hooks say otherwise: see yourself, your granted spaces and the users to
 * whom one of them was granted too; enter granted spaces; claim `manual` for yourself. Admins see everyone. Of a user
 * who never connected nothing is known, not even where they belong: who lists such users gives `canWatch`.
 */
export function resolveAccess(given: Partial<Access>, reader: Reader): Access {
  const isAdmin = given.isAdmin ?? (() => false)
  const sharesSpace = async (viewer: Viewer, userId: string): Promise<boolean> => {
    const record = await reader.load(userId).catch((error: unknown) => {
      throw new PresenceError('unavailable', `the store cannot say now who may see ${userId}`, { userId }, error)
    })
    // Whoever never connected was granted nothing yet, also where something was said of them.
    const grants = record === null || record.lastActiveAt === 0 ? DEFAULT_SPACES : record.grants
    return grants.some((space) => viewer.spaces.includes(space))
  }
  return {
    isAdmin,
    canEnter: given.canEnter ?? ((viewer, space) => viewer.spaces.includes(space)),
    canClaim: given.canClaim ?? ((viewer, { userId, source }) => userId === viewer.userId && source === 'manual'),
    canWatch:
      given.canWatch ??
      ((viewer, topic) => {
        const name = topic.slice(topic.indexOf(':') + 1)
        if (isAdmin(viewer)) return true
        if (!topic.startsWith('user:')) return viewer.spaces.includes(name)
        return name === viewer.userId || sharesSpace(viewer, name)
      }),
  }
}
