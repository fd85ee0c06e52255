import type { WireUser } from '@rollcall/core/protocol'
import type { Hub } from '../hub.ts'
import { freeze, same } from '../json.ts'
import { presenceOf, type UserPresence } from './user-presence.ts'

/** The mirror: one cell per user, for all topics that tell of them. */
export interface Roster {
  get(userId: string): UserPresence
  /** The server says so, as of now. */
  put(user: WireUser): void
  /** Freshness may have changed, of one or of all. */
  touch(userId?: string): void
}

export const userKey = (userId: string) => `u${userId}`

/** @param isFresh Whether what is known of this user is kept up to date. */
export function createRoster(hub: Hub, isFresh: (userId: string) => boolean): Roster {
  const cells = new Map<string, { readonly value: UserPresence; stale?: UserPresence }>()
  const touch = (userId: string) => hub.touch(userKey(userId))
  return {
    get(userId) {
      const cell = cells.get(userId) ?? { value: presenceOf(userId) }
      const { value } = cell
      cells.set(userId, cell)
      if (!value.known || isFresh(userId)) return value
      cell.stale ??= freeze({ ...value, stale: true })
      return cell.stale
    },
    put(user) {
      const { userId } = user
      const before = cells.get(userId)?.value
      const value = presenceOf(userId, user)
      touch(userId)
      if (same(before, value)) return
      cells.set(userId, { value })
      if (before?.known) hub.emit('change', value, before)
    },
    touch: (userId) => [...(userId === undefined ? cells.keys() : [userId])].forEach(touch),
  }
}
