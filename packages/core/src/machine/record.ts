import type { Cause } from './event.ts'
import type { ClaimStatus, Status } from './status.ts'

/** Any JSON value: what may be stored as a space state or as a connection's `meta`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The newest record format this code can execute. A node never executes a record of a newer one. */
export const RECORD_FORMAT = 1

/**
 * Everything presence knows of one user; plain JSON, never mutated. All times are store time in ms; 0 means never.
 * `status` and the stamps are as of the last stored transition: no read path advances a record.
 */
export interface UserRecord {
  readonly format: number
  readonly userId: string
  /** Unique name of this stored state, `nodeId:counter`; what compare-and-set compares. */
  readonly rev: string
  /** Store time of the record's creation, never lower than the last known one. */
  readonly epoch: number
  /** Rises by exactly one per stored change within an epoch. */
  readonly version: number
  readonly connections: readonly Connection[]
  readonly claims: readonly Claim[]
  readonly message: StatusMessage | null
  readonly ended: readonly EndedMark[]
  /** Connections opened before this instant stay ended: the user signed out, or was kicked everywhere. */
  readonly signedOutAt: number
  /** Who may see `lastSeenAt`. */
  readonly lastSeenTo: LastSeenAudience
  /** When that was said; 0: never. */
  readonly lastSeenToAt: number
  /** Spaces granted at the last connect: with whom the user has something in common, also while offline. */
  readonly grants: readonly string[]
  /** The real status, which an invisible user hides from others. */
  readonly status: Status
  readonly statusSince: number
  /** Last input on any connection; up to `flushEvery` behind for a user who is active. */
  readonly lastActiveAt: number
  /** Latest sign of life over all connections there ever were, but for the ones that still live. */
  readonly lastSeenAt: number
  /** The rule behind the last visible change of the real status. */
  readonly cause: CauseNote | null
  /** What others see where it differs from the above: while invisible, and until the next change they may see. */
  readonly shown: Shown | null
}

/** Who may see a user's `lastSeenAt` besides the user: everyone, or admins only. */
export type LastSeenAudience = 'everyone' | 'admins'

/** One incarnation of one tab, device or HTTP session. Leased without a `resume`: that of a session's requests, one at most. */
export interface Connection {
  /** New for each connect, never reused. */
  readonly id: string
  readonly sessionId: string
  /** The node whose lease keeps a held connection alive; `null` for a leased one. */
  readonly nodeId: string | null
  readonly openedAt: number
  readonly phase: Phase
  readonly inputAt: number
  /** The dormancy clock starts here when later than `inputAt`: a bound claim ended. */
  readonly quietFrom: number
  /** When the client said `idle`; an input older than this does not wake the connection. */
  readonly idledAt: number
  /** Fixed by the node that opened the connection, so that two policies in a rolling deploy do not fight. */
  readonly idleAfterMs: number | null
  readonly dormantAfterMs: number | null
  readonly lost: Loss | null
  readonly lease: Lease | null
  readonly device: string | null
  readonly meta: Json
  readonly spaces: readonly SpaceEntry[]
  readonly resume: ResumeMark | null
  /** Ids this connection took over, oldest first: their late events apply here. */
  readonly replaces: readonly string[]
}

/** How recently a connection had input. The phase `lost` is a connection with a {@link Loss}: it keeps what it had. */
export type Phase = 'active' | 'idle' | 'dormant'

/** The transport went without a word; the connection is kept until `until`. The first loss decides. */
export interface Loss {
  readonly cause: 'hint' | 'lost' | 'drain' | 'node-lost'
  readonly at: number
  readonly until: number
}

/** What keeps a leased connection alive. */
export interface Lease {
  readonly beatAt: number
  readonly until: number
}

/** A space that a connection is in, with its state there. */
export interface SpaceEntry {
  readonly space: string
  readonly state: Json
  /** When it was entered or the state was set; 0: in opening. The newest operation counts. */
  readonly at: number
  /** When the state as it stands was first said, if it was repeated at `at`; of several connections' states the newest counts. */
  readonly since?: number
}

/** What a later connect must present to take this connection's place. */
export interface ResumeMark {
  /** Hash of the token issued for this connection; `null` until one was. */
  readonly hash: string | null
  /** The page that opened it. */
  readonly instance: string
  /** Tokens of the connections whose place this one took, newest last: the same page may repeat them, nobody else. */
  readonly used: readonly string[]
}

/** A statement about a user that overlays the automatic status. One per source; a cleared one keeps its stamp. */
export interface Claim {
  readonly source: string
  /** `null`: cleared at `at`; kept so that an older set cannot come back. */
  readonly status: ClaimStatus | null
  readonly priority: number
  readonly until: number | null
  /** The connection the claim is bound to: it dies with it. */
  readonly connectionId: string | null
  /** When the claim as it stands was made; breaks ties. */
  readonly since: number
  /** The newest operation on this source; the last one wins. */
  readonly at: number
}

/** A status message, apart from the status. A cleared one is empty and keeps its stamp. */
export interface StatusMessage {
  readonly text: string
  readonly emoji: string | null
  readonly until: number | null
  readonly at: number
}

/** Counts for nothing; what it names stays ended. */
export interface EndedMark {
  readonly kind: 'connection' | 'session'
  readonly id: string
  /** `replaced`: a page's connection took the place of this lease of its session's requests. */
  readonly by: 'leave' | 'sign-out' | 'kick' | 'replaced'
  readonly at: number
  /** When the mark may be forgotten. */
  readonly until: number
}

/** The state of a user as others see it. */
export interface Shown {
  readonly status: Status
  readonly statusSince: number
  readonly lastSeenAt: number
  readonly lastSeenTo: LastSeenAudience
  readonly message: StatusMessage | null
}

/** Which rule made a transition, and where. */
export interface CauseNote {
  readonly cause: Cause
  readonly at: number
  readonly nodeId: string | null
  readonly connectionId: string | null
}

const NONE: readonly never[] = []

/** The one lease of a session's requests, rather than a page's own. */
export function isOfRequests({ lease, resume }: Connection): boolean {
  return lease !== null && resume === null
}

/** A record as it is before anything happened. `rev`, `epoch` and `version` are set by `seal`. */
export function emptyRecord(userId: string, epoch = 0): UserRecord {
  return {
    format: RECORD_FORMAT,
    userId,
    rev: '',
    epoch,
    version: 0,
    connections: NONE,
    claims: NONE,
    message: null,
    ended: NONE,
    signedOutAt: 0,
    lastSeenTo: 'everyone',
    lastSeenToAt: 0,
    grants: NONE,
    status: 'offline',
    statusSince: 0,
    lastActiveAt: 0,
    lastSeenAt: 0,
    cause: null,
    shown: null,
  }
}
