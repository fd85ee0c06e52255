import type { Change, UserRecord } from '../machine/index.ts'
import type { UserEntry } from './user-entry.ts'

export interface LostAnswer {
  readonly before: UserRecord | null
  readonly changes: readonly Change[]
}

/** Writes whose answer was lost: whether they were executed shows when the store is asked again. */
export interface LostAnswers {
  /** @param before What stood. @param record What would stand. @param changes What could be seen of it. */
  add(entry: UserEntry, before: UserRecord | null, record: UserRecord | null, changes: readonly Change[]): void
  /** Nothing may be decided about the user from memory before the store was asked. */
  concern(entry: UserEntry): boolean
  /** The store says what stands: what the lost write replaced, and what could be seen of it, if this is what it stored. */
  resolve(entry: UserEntry, standing: UserRecord | null): LostAnswer | undefined
}

/** Lost answers that are remembered; of older ones nobody is told that they were saved after all. */
const MAX_REMEMBERED = 4096

export function createLostAnswers(): LostAnswers {
  const uncertain = new Set<UserEntry>()
  const byRev = new Map<string, LostAnswer>()
  return {
    add(entry, before, record, changes) {
      uncertain.add(entry)
      if (record === null) return
      if (byRev.size >= MAX_REMEMBERED) byRev.delete(byRev.keys().next().value as string)
      byRev.set(record.rev, { before, changes })
    },
    concern: (entry) => uncertain.has(entry),
    resolve(entry, standing) {
      uncertain.delete(entry)
      if (standing === null || byRev.size === 0) return undefined
      const lost = byRev.get(standing.rev)
      byRev.delete(standing.rev)
      return lost
    },
  }
}
