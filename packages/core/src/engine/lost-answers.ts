import type { Change, UserRecord } from '../machine/index.ts'
import type { UserEntry } from './user-entry.ts'

/** Writes whose answer was lost: whether they were executed shows when the store is asked again. */
export interface LostAnswers {
  /** @param record What would stand. @param changes What could be seen of it. */
  add(entry: UserEntry, record: UserRecord | null, changes: readonly Change[]): void
  /** Nothing may be decided about the user from memory before the store was asked. */
  concern(entry: UserEntry): boolean
  /** The store says what stands: what could be seen of the lost write, if this is what it stored. */
  resolve(entry: UserEntry, standing: UserRecord | null): readonly Change[] | undefined
}

/** Lost answers that are remembered; of older ones nobody is told that they were saved after all. */
const MAX_REMEMBERED = 4096

export function createLostAnswers(): LostAnswers {
  const uncertain = new Set<UserEntry>()
  const changesByRev = new Map<string, readonly Change[]>()
  return {
    add(entry, record, changes) {
      uncertain.add(entry)
      if (record === null) return
      if (changesByRev.size >= MAX_REMEMBERED) changesByRev.delete(changesByRev.keys().next().value as string)
      changesByRev.set(record.rev, changes)
    },
    concern: (entry) => uncertain.has(entry),
    resolve(entry, standing) {
      uncertain.delete(entry)
      if (standing === null || changesByRev.size === 0) return undefined
      const changes = changesByRev.get(standing.rev)
      changesByRev.delete(standing.rev)
      return changes
    },
  }
}
