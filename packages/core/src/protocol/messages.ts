import type { AdminView, ClaimStatus, Json, SelfView, SpaceView, Status, UserView } from '../machine/index.ts'

/** Raised when a client and a server could misunderstand each other. */
export const PROTOCOL_VERSION = 1

/** The event name that messages travel under on a Socket.IO socket. */
export const SOCKETIO_EVENT = 'rollcall'

/** What can be watched: the users of a space, one user, or only the counts of a space. */
export type Topic = `space:${string}` | `user:${string}` | `count:${string}`

/** Position in a topic's stream: `n` counts up by one within one generation, and means nothing in another. */
export interface Sequence {
  readonly generation: string
  readonly n: number
}

/** A space that a client wants to stand in, with its state there. */
export interface WantedSpace {
  readonly space: string
  readonly state?: Json
}

/** Present users of a space by public status; `present` is their sum. */
export interface Counts {
  readonly present: number
  readonly online: number
  readonly away: number
  readonly busy: number
  readonly dnd: number
}

/** Sent by clients. Durations, never times: no client's clock takes part in anything. `id` asks for an `ack` or `error`. */
export type ClientMessage =
  /** The first message of every transport. */
  | {
      readonly type: 'hello'
      readonly version: number
      readonly token: string | null
      /** Token of the connection whose place this one takes. */
      readonly resume?: string
      /** Random per page load; only the same page may repeat a resume. */
      readonly instance: string
      /** Spaces to stand in; all granted ones without it. Sent again after each welcome. */
      readonly spaces?: readonly WantedSpace[]
      readonly device?: string
      /** The client's own invisible claim, so that a server that forgot does not show the user. */
      readonly invisible?: { readonly forMs?: number }
    }
  /** A fresh token, after `expiring`. */
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'active' }
  | { readonly type: 'idle' }
  /** Leased connections only: alive, and the next beat comes within `nextInMs`. */
  | { readonly type: 'beat'; readonly nextInMs: number }
  | { readonly type: 'enter'; readonly id: number; readonly space: string; readonly state?: Json }
  | { readonly type: 'exit'; readonly id: number; readonly space: string }
  | { readonly type: 'state'; readonly id: number; readonly space: string; readonly state: Json }
  /** Watch topics. With `since`, the diffs after it are replayed if the server still has them, else a snapshot comes. */
  | {
      readonly type: 'watch'
      readonly id: number
      readonly topics: readonly { readonly topic: Topic; readonly since?: Sequence }[]
    }
  | { readonly type: 'unwatch'; readonly topics: readonly Topic[] }
  | {
      readonly type: 'claim'
      readonly id: number
      readonly status: ClaimStatus
      /** @default 'manual' */
      readonly source?: string
      readonly forMs?: number
      /** Ends with this connection. */
      readonly bound?: boolean
    }
  | { readonly type: 'clear'; readonly id: number; readonly source?: string }
  | {
      readonly type: 'message'
      readonly id: number
      readonly message: { readonly text: string; readonly emoji?: string; readonly forMs?: number } | null
    }
  /** Ephemeral, to a space one stands in; expires by itself after `forMs`. */
  | {
      readonly type: 'signal'
      readonly space: string
      readonly name: string
      readonly data?: Json
      readonly forMs?: number
    }
  | { readonly type: 'query'; readonly id: number; readonly query: WireQuery }
  /** The page goes away, perhaps to come back. */
  | { readonly type: 'hint' }
  /** On purpose: this connection, all of this session, or all of the user's. */
  | { readonly type: 'leave'; readonly scope: 'connection' | 'session' | 'user' }
  | { readonly type: 'pong'; readonly n: number }

/** A question that is answered once, in the `result` of its `ack`. */
export type WireQuery =
  /** Users standing in a space (present ones without `status`), in pages. Answer: {@link QueryPage}. */
  | {
      readonly kind: 'list'
      readonly space: string
      readonly status?: Status
      readonly cursor?: string
      readonly limit?: number
    }
  /** Answer: {@link Counts}. */
  | { readonly kind: 'count'; readonly space: string }
  /** Answer: {@link QueryPage} in the order asked for. */
  | { readonly kind: 'users'; readonly userIds: readonly string[] }

export interface QueryPage {
  readonly users: readonly WireUser[]
  readonly next: string | null
}

/**
 * A user as this viewer may see them. In a space's topic `spaces` holds that space alone; others see in a user's topic
 * no spaces. Admins get the admin's view.
 */
export type WireUser = UserView | AdminView

/** One topic's whole state at `sequence`. */
export interface TopicSnapshot {
  readonly topic: Topic
  readonly sequence: Sequence
  /** `counts`: the space is too large to be listed; only counts and the users watched by name come. */
  readonly mode: 'list' | 'counts'
  readonly users: readonly WireUser[]
  /** For a `count:` topic, and for a space in mode `counts`. */
  readonly counts: Counts | null
}

/** Diffs after the sequence that a watcher named. */
export interface TopicReplay {
  readonly topic: Topic
  readonly diffs: readonly TopicDiff[]
}

export interface TopicDiff {
  readonly topic: Topic
  readonly sequence: Sequence
  /** Users as they now are. */
  readonly set: readonly WireUser[]
  /** Users who stand there no more. */
  readonly gone: readonly string[]
}

/** Limits a client should keep to; the server enforces them anyway. */
export interface WireLimits {
  readonly messageBytes: number
  readonly stateBytes: number
  readonly spaces: number
  readonly watched: number
  readonly textLength: number
}

/** Why the server ends a connection. The first four are final: the client does not come back by itself. */
export type ByeReason = 'sign-out' | 'kicked' | 'refused' | 'limit' | 'draining' | 'overloaded' | 'cut-off'

export type ServerMessage =
  | {
      readonly type: 'welcome'
      readonly version: number
      readonly connectionId: string
      readonly userId: string
      readonly sessionId: string
      /** Store time in ms as the message was made; clients measure their offset to it. */
      readonly serverTime: number
      readonly self: SelfView
      /** Spaces this user may enter and watch. */
      readonly spaces: readonly string[]
      readonly limits: WireLimits
      /** Present users of each space the connection stands in. */
      readonly counts: readonly { readonly space: string; readonly present: number }[]
      /** Presented at the next hello to take this connection's place. New with each welcome. */
      readonly resume: string | null
      /** Lets a page that goes away end just this connection without its login. */
      readonly leave: string | null
      /** Took the place of the connection that was named. */
      readonly resumed: boolean
      /** How often the server pings; 0: the transport proves the page alive by other means. */
      readonly pingEveryMs: number
      /** Of a connection without a socket: how often its page is to beat. */
      readonly beatEveryMs?: number
    }
  /** The token ends in `inMs`: send a fresh one. */
  | { readonly type: 'expiring'; readonly inMs: number }
  | { readonly type: 'snapshot'; readonly topics: readonly TopicSnapshot[] }
  | { readonly type: 'replay'; readonly topics: readonly TopicReplay[] }
  | ({ readonly type: 'diff' } & TopicDiff)
  | { readonly type: 'counts'; readonly topic: Topic; readonly sequence: Sequence; readonly counts: Counts }
  /** The user's own state; whole each time. */
  | { readonly type: 'self'; readonly self: SelfView }
  | {
      readonly type: 'signal'
      readonly space: string
      readonly userId: string
      readonly name: string
      readonly data: Json
      /** Counts as ended after this, unless repeated. */
      readonly forMs: number
    }
  /** Done, and saved. */
  | { readonly type: 'ack'; readonly id: number; readonly result?: Json | QueryPage | Counts }
  | {
      readonly type: 'error'
      /** The message that asked; absent when it could not be read. */
      readonly id?: number
      readonly code: string
      readonly message: string
      readonly details?: Json
      readonly retryAfterMs?: number
    }
  /** Whether this node knows what it says: `stale` while cut off from its store, `warming` while a store that lost its data fills again. */
  | { readonly type: 'freshness'; readonly stale: boolean; readonly warming: boolean }
  /** Answered with a `pong` of the same `n` by page script. */
  | { readonly type: 'ping'; readonly n: number }
  | { readonly type: 'bye'; readonly reason: ByeReason; readonly retryAfterMs?: number; readonly message?: string }

export type { AdminView, SelfView, SpaceView, UserView }
