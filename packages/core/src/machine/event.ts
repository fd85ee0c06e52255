import type { Claim, Connection, Json, LastSeenAudience, SpaceEntry, UserRecord } from './record.ts'
import type { ClaimStatus } from './status.ts'

/** The rule behind a transition, never who applied it. Closed: logs, metrics and history switch over it. */
export type Cause =
  | 'connect'
  | 'resume'
  | 'activity'
  | 'idle'
  | 'dormant'
  | 'leave'
  | 'sign-out'
  | 'kick'
  | 'hint'
  | 'lost'
  | 'drain'
  | 'lease-expired'
  | 'node-lost'
  | 'claim'
  | 'claim-expired'
  | 'message'
  | 'clear'
  | 'audience'
  | 'space'

/** What a connection brings when it opens. */
export interface Opening {
  readonly connectionId: string
  readonly sessionId: string
  readonly device: string | null
  readonly meta: Json
  /** Spaces the user may enter. */
  readonly grants: readonly string[]
  /** Spaces the connection stands in from the first moment. */
  readonly spaces: readonly SpaceEntry[]
}

/** A claim as it is asked for. `until` is store time. */
export interface ClaimRequest {
  readonly source: string
  readonly status: ClaimStatus
  readonly priority: number
  readonly until: number | null
  /** Bind the claim to this connection: it dies with it, and keeps it from turning dormant. */
  readonly connectionId: string | null
}

/**
 * What can happen to a user. `at` is the store time when it happened, which is earlier than the `now` of the
 * transition when the event had to wait. Redelivery of any of these changes neither status nor stamps (law 3).
 */
export type PresenceEvent =
  /** Time passes; every transition begins with this. */
  | { readonly type: 'advance' }
  /**
   * A connection opens, held by a node or, for a page without a socket, leased; opening is input. With `resumes` it takes
   * the place of the connection that token names.
   */
  | {
      readonly type: 'open'
      readonly at: number
      /** The holder: the incarnation that stores it, whatever it was called when the connection opened; `null`: leased. */
      readonly nodeId: string | null
      /** How long a leased one lives without a beat; `null`: held. */
      readonly leaseMs: number | null
      readonly opening: Opening
      readonly resume: { readonly hash: string | null; readonly instance: string } | null
      readonly resumes: { readonly hash: string; readonly instance: string } | null
      /** The client's own invisible claim, applied in the same step so that it never shows. */
      readonly invisible: ClaimRequest | null
    }
  /** The holder says what it holds; never input. Brings back what a sweep removed wrongly, never a deliberate end. */
  | {
      readonly type: 'announce'
      readonly at: number
      readonly connection: Connection
      /** Claims bound to the connection, restored in the same step. */
      readonly claims?: readonly Claim[]
    }
  /**
   * A node holds a state that the store had confirmed and has lost since: what stands is older, or nothing at all. Never
   * input. Whatever in it is newer than what stands counts again.
   */
  | { readonly type: 'restore'; readonly at: number; readonly record: UserRecord }
  /**
   * A request or a login without a socket: a sign of life, and input unless it says otherwise, of the session's connection
   * that a page opened, else of the one lease of its requests.
   */
  | {
      readonly type: 'touch'
      readonly at: number
      readonly opening: Opening
      readonly leaseMs: number
      readonly isInput: boolean
    }
  /** A leased connection lives; not input. */
  | { readonly type: 'beat'; readonly at: number; readonly connectionId: string; readonly leaseMs: number }
  | { readonly type: 'input'; readonly at: number; readonly connectionId: string }
  /** A lock screen, an idle detector or the application says: idle, until the next input. */
  | { readonly type: 'idle'; readonly at: number; readonly connectionId: string }
  | {
      readonly type: 'enter'
      readonly at: number
      readonly connectionId: string
      readonly space: string
      readonly state: Json
    }
  | { readonly type: 'exit'; readonly at: number; readonly connectionId: string; readonly space: string }
  /** The page goes away, the transport is gone, or the node drains. */
  | { readonly type: 'hint' | 'lost' | 'drain'; readonly at: number; readonly connectionId: string }
  /** A node died: all its held connections are lost. */
  | { readonly type: 'node-lost'; readonly at: number; readonly nodeId: string }
  | { readonly type: 'leave'; readonly at: number; readonly connectionId: string }
  /** `sessionId: null` means all of the user's. */
  | { readonly type: 'sign-out'; readonly at: number; readonly sessionId: string | null }
  /** `connectionIds: null` means all of them. */
  | { readonly type: 'kick'; readonly at: number; readonly connectionIds: readonly string[] | null }
  | { readonly type: 'claim'; readonly at: number; readonly claim: ClaimRequest }
  | { readonly type: 'clear'; readonly at: number; readonly source: string }
  | {
      readonly type: 'message'
      readonly at: number
      readonly message: { readonly text: string; readonly emoji: string | null; readonly until: number | null } | null
    }
  | { readonly type: 'audience'; readonly at: number; readonly lastSeenTo: LastSeenAudience }

/** What became of an event. Refusals change nothing. */
export type Verdict =
  | 'applied'
  /** It said what already was. */
  | 'unchanged'
  /** The connection it names is not there. */
  | 'no-connection'
  /** The connection was ended on purpose, or opened before the user signed out. */
  | 'ended'
  /** The page that opens has come in by a later attempt since, or its lease ran out while it waited. */
  | 'superseded'
  /** The user has as many connections as one may have. */
  | 'limit'
  /** An invisible claim cannot be bound to a connection, and a claim cannot be bound to one that is not there. */
  | 'unbindable'
