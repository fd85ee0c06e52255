import type { UserRecord } from '../machine/index.ts'
import type { UserEntry } from './user-entry.ts'

/**
 * Users the store has nothing of any more, although it confirmed a record before. They were forgotten on purpose, which
 * the feed says in a moment, or the store lost them: nothing is decided about them until the feed had that moment.
 */
export interface Vanished {
  readonly size: number
  has(entry: UserEntry): boolean
  add(entry: UserEntry, known: UserRecord): void
  /** The user's turn: `wait` the first time, then what was known of them; `undefined`: they have not vanished. */
  take(entry: UserEntry): UserRecord | 'wait' | undefined
}

/** For so long the feed may be behind what was read. */
export const FEED_LAG_MS = 1000

export function createVanished(): Vanished {
  const known = new Map<UserEntry, { readonly record: UserRecord; waited: boolean }>()
  return {
    get size() {
      return known.size
    },
    has: (entry) => known.has(entry),
    add(entry, record) {
      known.set(entry, { record, waited: false })
    },
    take(entry) {
      const gone = known.get(entry)
      if (gone === undefined) return undefined
      if (gone.waited) {
        known.delete(entry)
        return gone.record
      }
      gone.waited = true
      return 'wait'
    },
  }
}
