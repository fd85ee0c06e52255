import type { IndexEntries, UserRecord } from '../machine/index.ts'

/** One user in the memory store. Indexes hold the object itself, so that nothing is looked up twice. */
export interface Entry {
  record: UserRecord
  index: IndexEntries
  /** Where the due index keeps it; −1: nowhere. */
  duePosition: number
}

/** The fixed order of all lists: by the UTF-16 code units of the user id. */
export function byUserId(a: Entry, b: Entry): number {
  const left = a.record.userId
  const right = b.record.userId
  return left < right ? -1 : left > right ? 1 : 0
}
