import type {
  CauseNote,
  ClaimStatus,
  ClaimView,
  ConnectionView,
  MessageView,
  SelfView,
  Status,
} from '@rollcall/core/protocol'
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

/** One's own claim or message as it was last asked for. Times are this machine's wall clock, ms. */
export type Wish = WishFor & { readonly at: number; readonly until: number | null }

/** What is wished. */
export type WishFor =
  | { readonly kind: 'claim'; readonly source: string; readonly status: ClaimStatus; readonly bound: boolean }
  | { readonly kind: 'clear'; readonly source: string }
  | { readonly kind: 'message'; readonly message: { readonly text: string; readonly emoji?: string } | null }

const PRIORITIES: Readonly<Record<string, number>> = { admin: 100, call: 80, manual: 60, calendar: 40 }

/**
 * What the server will make of a wish, for as long as its own word has not come.
 *
 * @param offset Server time less wall clock, ms.
 */
export function granted(self: SelfView, wish: Wish, connectionId: string | null, offset: number): SelfView {
  const until = wish.until === null ? null : wish.until + offset
  if (wish.kind === 'message') {
    const { message } = wish
    return { ...self, message: message && { text: message.text, emoji: message.emoji ?? null, until } }
  }
  const { source } = wish
  const claims = self.claims.filter((claim) => claim.source !== source)
  if (wish.kind === 'claim') {
    const { status, bound } = wish
    claims.push({
      source,
      status,
      until,
      priority: PRIORITIES[source] ?? 20,
      connectionId: bound ? connectionId : null,
    })
  }
  const status = statusOf(self, claims)
  return {
    ...self,
    claims,
    hidden: claims.some((claim) => claim.status === 'invisible'),
    status,
    statusSince: status === self.status ? self.statusSince : wish.at + offset,
  }
}

/** As the server reckons it, but for what a lost connection contributes, which its view does not say. */
function statusOf(self: SelfView, claims: readonly ClaimView[]): Status {
  const overlay = (standing: readonly ClaimView[]) =>
    standing
      .filter(({ status }) => status !== 'invisible')
      .reduce<ClaimView | null>((best, claim) => (best && best.priority > claim.priority ? best : claim), null)
  const isAny = (...phases: string[]) => self.connections.some(({ phase }) => phases.includes(phase))
  if (self.status === 'offline') return 'offline'
  const winner = overlay(claims)
  if (winner) return winner.status as Status
  if (!overlay(self.claims)) return self.status
  return isAny('idle') && !isAny('active', 'lost') ? 'away' : 'online'
}
