import type { Change, UserRecord } from '../machine/index.ts'
import type { UserEntry } from './user-entry.ts'

/** One state replaced another in the store, and this node did it. */
export interface Saved {
  readonly entry: UserEntry
  readonly before: UserRecord | null
  readonly after: UserRecord | null
  /** Empty when nobody can see a difference. */
  readonly changes: readonly Change[]
}
