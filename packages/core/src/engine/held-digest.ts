import { hashUserId } from '../store/user-hash.ts'
import type { UserEntry } from './user-entry.ts'

/** Count and sum of hashes of the users this node holds, as a store keeps them of its index. */
export interface HeldDigest {
  /** Whether a live connection of the user is held under the node's present name. */
  set(entry: UserEntry, isHeld: boolean): void
  equals(other: { readonly count: number; readonly sum: number }): boolean
  /** The node goes on under another name, of which no record knows yet. */
  clear(entries: Iterable<UserEntry>): void
}

export function createHeldDigest(): HeldDigest {
  let count = 0
  let sum = 0
  return {
    set(entry, isHeld) {
      if (entry.isIndexed === isHeld) return
      entry.isIndexed = isHeld
      count += isHeld ? 1 : -1
      const hash = hashUserId(entry.userId)
      sum = (isHeld ? sum + hash : sum - hash) >>> 0
    },
    equals: (other) => count === other.count && sum === other.sum,
    clear(entries) {
      for (const entry of entries) entry.isIndexed = false
      count = 0
      sum = 0
    },
  }
}
