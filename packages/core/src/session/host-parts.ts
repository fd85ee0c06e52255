import type { Presence, WatcherGroup } from '../engine/presence.ts'
import type { CountReader } from './count-reader.ts'
import type { Deadlines } from './deadlines.ts'
import type { Firsts } from './firsts.ts'
import type { LeaveTokens } from './leave-tokens.ts'
import type { ResolvedSessionOptions } from './options.ts'

/** What the sessions of one host share. */
export interface HostParts<C> {
  readonly presence: Presence
  readonly options: ResolvedSessionOptions<C>
  readonly group: WatcherGroup
  readonly firsts: Firsts
  readonly deadlines: Deadlines
  readonly counts: CountReader
  readonly leaveTokens: LeaveTokens
  readonly randomId: () => string
  /** Those whose transport is there. */
  readonly sessions: Set<object>
}
