import type { CauseNote, ClaimStatus, ClaimView, ConnectionView, MessageView } from '@rollcall/core/protocol'
import { isPresent, type PresenceStatus } from '../roster/user-presence.ts'

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
  /** Any status but `offline` and `unknown`. */
  readonly isOnline: boolean
  /** Server time in ms. */
  readonly statusSince: number | null
  /** Server time in ms, once offline. */
  readonly lastSeenAt: number | null
  /** Last input on any connection, from `away` on; `null` before. Server time in ms. */
  readonly lastActiveAt: number | null
  readonly message: MessageView | null
  /** An invisible claim stands: others see `offline`. */
  readonly hidden: boolean
  /** What stands over the automatic status, by source. */
  readonly claims: readonly ClaimView[]
  readonly connections: readonly ConnectionView[]
  /** The rule behind the status the server last said. */
  readonly cause: CauseNote | null
  /** Something that was asked for is not saved yet. */
  readonly pending: boolean
  /** The connection is down: this is what last was. */
  readonly stale: boolean
  /** Whether there was a welcome. */
  readonly known: boolean
}

/** Before the first welcome. */
export const UNKNOWN_SELF = {
  userId: null,
  status: 'unknown',
  statusSince: null,
  lastSeenAt: null,
  lastActiveAt: null,
  message: null,
  hidden: false,
  claims: [],
  connections: [],
  cause: null,
} as const

/** The part of one's presence that comes from the server, or nothing yet. */
export type OwnView = Pick<MyPresence, keyof typeof UNKNOWN_SELF>

/** One's own claim or message as it was last asked for. */
export type Wish = WishFor & {
  /** When it was asked for, and when it ends; this machine's wall clock, ms. */
  readonly at: number
  readonly until: number | null
}

/** What is wished, as the message to the server says it. */
export type WishFor =
  | {
      readonly type: 'claim'
      readonly source: string
      readonly status: ClaimStatus
      readonly bound: boolean | undefined
    }
  | { readonly type: 'clear'; readonly source: string }
  | { readonly type: 'message'; readonly message: { readonly text: string; readonly emoji?: string } | null }

const PRIORITIES: Readonly<Record<string, number>> = { admin: 100, call: 80, manual: 60, calendar: 40 }

/**
 * What the server will most likely make of a wish, for as long as its own word has not come: it knows what outranks
 * what, and what shows once a claim is cleared.
 *
 * @param offset Server time less wall clock, ms.
 */
export function granted(view: OwnView, wish: Wish, offset: number): OwnView {
  const until = wish.until && wish.until + offset
  if (wish.type === 'message') return { ...view, message: wish.message && { emoji: null, ...wish.message, until } }
  const { source } = wish
  const claims = view.claims.filter((claim) => claim.source !== source)
  let { status } = view
  if (wish.type === 'claim') {
    const priority = PRIORITIES[source] ?? 20
    const isOutranked = claims.some((claim) => claim.status !== 'invisible' && claim.priority > priority)
    claims.push({ source, status: wish.status, until, priority, connectionId: null })
    if (wish.status !== 'invisible' && isPresent(status) && !isOutranked) status = wish.status
  }
  return { ...view, claims, hidden: claims.some((claim) => claim.status === 'invisible'), status }
}
