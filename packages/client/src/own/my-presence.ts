import type { CauseNote, ClaimView, ConnectionView, MessageView } from '@rollcall/core/protocol'
import type { PresenceStatus } from '../roster/user-presence.ts'

/**
 * Oneself, as the server last said, with what was asked for since laid over it (optimistic). Frozen; the same object
 * until something in it changes.
 */
export interface MyPresence {
  /** `null` before the first welcome, and so for `sessionId` and `connectionId`. */
  readonly userId: string | null
  readonly sessionId: string | null
  readonly connectionId: string | null
  /** The real status; what others see is `offline` while `hidden`. */
  readonly status: PresenceStatus
  readonly isOnline: boolean
  readonly statusSince: number | null
  readonly lastSeenAt: number | null
  /** Last input on any connection, from `away` on; `null` before. */
  readonly lastActiveAt: number | null
  readonly message: MessageView | null
  /** An invisible claim stands: others see `offline`. */
  readonly hidden: boolean
  /** What stands over the automatic status, by source. */
  readonly claims: readonly ClaimView[]
  readonly connections: readonly ConnectionView[]
  /** The rule behind the present status. */
  readonly cause: CauseNote | null
  /** Something that was asked for is not saved yet. */
  readonly pending: boolean
  /** The connection is down: this is what last was. */
  readonly stale: boolean
  readonly known: boolean
}
