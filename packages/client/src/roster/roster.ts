import type { WireUser } from '@rollcall/core/protocol'
import type { Hub } from '../hub.ts'
import { freeze, same } from '../json.ts'
import { presenceOf, type UserPresence } from './user-presence.ts'

/** What one user's cell holds, whatever topics told of them. */
interface Cell {
  value: UserPresence
  /** Some topic that is up to date tells of them. */
  fresh: boolean
  /** The same, marked; made when first read. */
  stale: UserPresence | null
}

/** The mirror: one cell per user for all topics. */
export interface Roster {
  get(userId: string): UserPresence
  /** The server says so, as of now. */
  put(user: WireUser): void
  /** Whether what is known of a user is what the server would say. */
  mark(userId: string, fresh: boolean): void
  markAllStale(): void
  /** Whether the server itself knows what it says. */
  setTrusted(trusted: boolean): void
  forget(userId: string): void
}

export const userKey = (userId: string) => `u:${userId}`

/** @param onTouched What `get` returns for this user changed. */
export function createRoster(hub: Hub, onTouched: (userId: string) => void): Roster {
  const cells = new Map<string, Cell>()
  let isTrusted = true

  const cellOf = (userId: string) => {
    const known = cells.get(userId)
    const cell = known ?? { value: presenceOf(userId, null), fresh: false, stale: null }
    if (!known) cells.set(userId, cell)
    return cell
  }
  const view = (cell: Cell) => {
    if ((cell.fresh && isTrusted) || !cell.value.known) return cell.value
    cell.stale ??= freeze({ ...cell.value, stale: true })
    return cell.stale
  }
  const change = (targets: readonly Cell[], apply: (cell: Cell) => void) => {
    const before = targets.map(view)
    targets.forEach(apply)
    targets.forEach((cell, i) => {
      if (view(cell) === before[i]) return
      const { userId } = cell.value
      hub.touch(userKey(userId))
      onTouched(userId)
    })
  }
  return {
    get: (userId) => view(cellOf(userId)),
    put(user) {
      const next = presenceOf(user.userId, user)
      change([cellOf(user.userId)], (cell) => {
        const { value } = cell
        cell.fresh = true
        if (same(value, next)) return
        cell.value = next
        cell.stale = null
        if (value.known) hub.post('change', next, value)
      })
    },
    mark: (userId, fresh) =>
      change([cellOf(userId)], (cell) => {
        cell.fresh = fresh
      }),
    markAllStale: () =>
      change([...cells.values()], (cell) => {
        cell.fresh = false
      }),
    setTrusted: (trusted) =>
      change([...cells.values()], () => {
        isTrusted = trusted
      }),
    forget: (userId) => cells.delete(userId),
  }
}
