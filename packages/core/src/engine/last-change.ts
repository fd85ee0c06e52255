import { type Change, differsForOthers, emptyRecord, type UserRecord } from '../machine/index.ts'

/**
 * What a save tells of itself: the rule that spoke last, and whether others see a difference between what stood before
 * and what stands now, whatever each step of it showed. `null`: nobody sees any.
 */
export function lastChange(
  userId: string,
  before: UserRecord | null,
  after: UserRecord | null,
  changes: readonly Change[],
  now: number,
): Change | null {
  const last = changes[changes.length - 1] ?? (after === null ? forgotten(now) : null)
  if (last === null) return null
  const nothing = emptyRecord(userId)
  const visibleTo = differsForOthers(before ?? nothing, after ?? nothing) ? 'everyone' : 'self'
  return last.visibleTo === visibleTo ? last : { ...last, visibleTo }
}

/** Everything known of a user is erased: no rule of the machine, and to others like one who left. */
function forgotten(at: number): Change {
  return { cause: 'clear', at, nodeId: null, connectionId: null, visibleTo: 'everyone' }
}
