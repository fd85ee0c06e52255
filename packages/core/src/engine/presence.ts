import type { PresenceError } from '../errors.ts'
import type {
  AdminView,
  Audience,
  Cause,
  ClaimStatus,
  Json,
  LastSeenAudience,
  Policy,
  SelfView,
  SpaceView,
  Status,
  UserView,
  ViewOf,
} from '../machine/index.ts'
import type { Limits } from '../protocol/limits.ts'
import type { Counts, Sequence, ServerMessage, Topic, TopicReplay, TopicSnapshot } from '../protocol/messages.ts'
import type { ClaimSource, Meta } from '../register.ts'
import type { Clock } from '../time/clock.ts'
import type { Duration } from '../time/duration.ts'

/** Who is at the other end of a connection, as `authenticate` says. */
export interface Identity {
  /** Any non-empty string of up to 256 bytes. */
  readonly userId: string
  /** One login; several connections may share it. @default the connection's own id */
  readonly sessionId?: string
  /** Spaces the user may enter and watch. @default ['default'] */
  readonly spaces?: readonly string[]
  readonly device?: string
  /** Whatever the access hooks need to know; kept with the connection, never shown to others. */
  readonly meta?: Meta
}

/** An {@link Identity} with its defaults filled in: who asks, for the access hooks. */
export interface Viewer {
  readonly userId: string
  readonly sessionId: string
  readonly spaces: readonly string[]
  readonly device: string | null
  /** What `authenticate` said, else `null`. */
  readonly meta: Meta
}

/**
 * Who may do what; decided once for all adapters. Each hook may be async. A throw refuses, but for a `PresenceError` that
 * is `retryable`, such as `unavailable`: it cannot be told now, and the client tries again.
 */
export interface Access {
  /** @default own granted spaces; any user who stands in one of them; yourself; admins everything */
  canWatch(viewer: Viewer, topic: Topic): boolean | Promise<boolean>
  /** @default granted spaces */
  canEnter(viewer: Viewer, space: string): boolean | Promise<boolean>
  /** `status: null` ends a claim. @default `manual` for yourself */
  canClaim(
    viewer: Viewer,
    claim: { readonly userId: string; readonly source: string; readonly status: ClaimStatus | null },
  ): boolean | Promise<boolean>
  /** @default nobody */
  isAdmin(viewer: Viewer): boolean
}

/** Answers whether the transport of a connection still reaches its page; asked when another page presents its resume token. */
export type Probe = () => Promise<boolean>

/** What a transport hands to the engine to open a connection. */
export interface OpenRequest {
  readonly viewer: Viewer
  readonly connectionId: string
  /** Spaces to stand in from the first moment. */
  readonly spaces: readonly SpaceView[]
  /** Random per page load. `null`: the transport cannot resume. */
  readonly instance: string | null
  /** The token of the connection whose place this one takes. */
  readonly resume: string | null
  /** The client's own invisible claim, in ms from now; `null` for no end. */
  readonly invisible: { readonly forMs: number | null } | null
  readonly listener: ConnectionListener
}

/**
 * Why a connection ended. `replaced`: another took its place. `lapsed`: its grace ran out. `draining`, `cut-off`: the
 * node; the client may come back at once, here or elsewhere.
 */
export type EndReason = 'sign-out' | 'kicked' | 'replaced' | 'lapsed' | 'draining' | 'cut-off'

/** What the engine tells the transport of a connection. */
export interface ConnectionListener {
  /** The user's own state changed, after this connection was opened. Called after the save; `read` makes the view. */
  onSelf(read: () => SelfView): void
  /** The connection was ended, but not by its own `leave`. Called once; the handle does nothing from then on. */
  onEnded(reason: EndReason): void
  /** Whether the page still answers. */
  probe: Probe
  /**
   * What the transport holds of the connection now: told again to a store that lost it. `spaces` is where the connection
   * was last told to stand, whether that is saved yet or not; `null` before the transport knows.
   */
  describe(): { readonly viewer: Viewer; readonly spaces: readonly SpaceView[] | null }
}

/** A connection this node holds. After it ended every call does nothing. */
export interface HeldConnection {
  readonly connectionId: string
  readonly userId: string
  /** Input would change nothing but its own stamp; `false` once it is idle, dormant, lost or ended. */
  readonly isActive: boolean
  /** Input, now. A few nanoseconds while the connection is active; no allocation, no store call. */
  activity(): void
  /** Idle until the next input. */
  idle(): void
  /** Resolves once saved. */
  enter(space: string, state: Json): Promise<void>
  exit(space: string): Promise<void>
  /** The page goes away. */
  hint(): void
  /** The transport is gone. */
  lost(): void
  /** On purpose. Resolves once saved. */
  leave(): Promise<void>
}

/** What a page without a socket hands to the engine, by way of any node, to open a connection that lives from beat to beat. */
export interface LeaseRequest extends Omit<OpenRequest, 'listener' | 'instance'> {
  /** Random per page load. */
  readonly instance: string
  /** The first beat comes within this time. */
  readonly nextInMs: number
}

/** A connection that was leased and saved. */
export interface Leased {
  readonly connection: LeasedConnection
  readonly resumed: boolean
  readonly resumeToken: string
  /** For {@link LeasedConnection.hint}: says that the page goes, and nothing else. */
  readonly leaveToken: string
  readonly self: SelfView
}

/** How a leased connection stands. */
export interface LeasedState {
  /** Why it is there no more; `null` while it is. One that is lost has lapsed, and can be resumed. */
  readonly ended: EndReason | null
  readonly self: SelfView
}

/**
 * A connection that no node holds: it lives as long as its last beat said, and any node may act on it, one that was never
 * started as well. All of it is about the connection of this id and user alone, whatever else is asked for. Calls reject
 * with `unavailable` or `store-error` while the store is away.
 */
export interface LeasedConnection {
  readonly connectionId: string
  readonly userId: string
  /**
   * Alive, and the next beat comes within `nextInMs`; input only if `active`. Never brings back one that was lost: its page
   * resumes. Resolves once decided: what nobody can see of it is saved within a third of the lease. Rejects with `limit-exceeded` for more than
   * 10 min.
   */
  beat(nextInMs: number, active?: boolean): Promise<LeasedState>
  /** Asks, and changes nothing. */
  look(): Promise<LeasedState>
  /** Idle until the next input. */
  idle(): Promise<void>
  /** Resolves once saved. */
  enter(space: string, state: Json): Promise<void>
  exit(space: string): Promise<void>
  /** The page goes away, as it says itself, or by its leave token. `false`: not by this token, or lost already. */
  hint(leaveToken?: string): Promise<boolean>
  /** On purpose. Resolves once saved. */
  leave(): Promise<void>
}

/** A connection that was opened and saved. */
export interface Opened {
  readonly connection: HeldConnection
  /** Took the place of the connection that `resume` named. */
  readonly resumed: boolean
  /** For the client's next hello; `null` if it cannot resume. */
  readonly resumeToken: string | null
  /** The user's own state, this connection included. Later ones come by the listener. */
  readonly self: SelfView
}

/** A visible change, as `change` carries it: after the save, in the process that saved it. */
export interface PresenceChange<V extends UserView = UserView> {
  readonly userId: string
  readonly from: V
  readonly to: V
  readonly cause: Cause
  /** Store time of the rule, in ms. */
  readonly at: number
  readonly nodeId: string
  readonly connectionId: string | null
  /** Orders the changes of one user, with `version`. */
  readonly epoch: number
  readonly version: number
}

/** A visible change, as `change:cluster` carries it on every node. What it replaced only the node that saved it knows. */
export type ClusterChange = Omit<PresenceChange, 'from' | 'nodeId'>

export interface PresenceEvents {
  /** What others see of a user changed. */
  change: (change: PresenceChange) => void
  /**
   * What others see of a user changed, whichever node saved it: on each node that listens, once per version, never an
   * older one after a newer one. What the feed loses is not made up for: after `freshness` was stale, read again. Each
   * node that listens hears of everybody, which costs what all the changes of the cluster cost.
   */
  'change:cluster': (change: ClusterChange) => void
  /** Anything that the user or an admin can see changed; the real state. */
  'change:admin': (change: PresenceChange<AdminView>) => void
  /** Something failed that no caller could be told of. Never thrown. */
  error: (error: PresenceError) => void
  /** A message was refused, for whatever reason; counted by code. */
  refused: (refusal: { readonly code: string; readonly kind: string; readonly userId: string | null }) => void
  /** One pass of the sweeper. */
  sweep: (result: SweepResult) => void
  /** This node's knowledge turned stale, or warm, or fresh. */
  freshness: (freshness: Freshness) => void
}

export interface Freshness {
  /** The store cannot be reached: rosters are what they were. */
  readonly stale: boolean
  /** A store that lost its data fills again: absent users may be missing rather than offline. */
  readonly warming: boolean
}

export interface SweepResult {
  /** Users whose deadline had passed. */
  readonly due: number
  /** Nodes found dead, and users who had connections there. */
  readonly deadNodes: number
  readonly lostUsers: number
  readonly durationMs: number
  /** Nothing was ended: after an outage everybody first gets time to come back. */
  readonly heldOff: boolean
}

/** Sends to every connection of one adapter that joined a room, or to all of them in room `*`; encodes once. Must not throw. */
export interface FanOut {
  broadcast(room: string, message: ServerMessage): void
}

/** What a topic's watcher gets first: in the same step its connection must join `room`, or it misses what follows. */
export type Join = (
  room: string,
  first: { readonly snapshot: TopicSnapshot } | { readonly replay: TopicReplay },
) => void

/** The watchers of one adapter. Ephemeral signals of a space go to the same room as its diffs. */
export interface WatcherGroup {
  /**
   * Starts to watch. Resolves after `join` was called. Reference-counted per topic and audience: each watch needs its
   * own `unwatch`.
   */
  watch(topic: Topic, audience: 'others' | 'admin', since: Sequence | null, join: Join): Promise<void>
  unwatch(topic: Topic, audience: 'others' | 'admin'): void
  /** Ends every watch of the group. */
  close(): void
}

/** A claim as the application makes it. */
export interface ClaimInput {
  readonly source: ClaimSource
  readonly status: ClaimStatus
  /** @default by source: admin 100, call 80, manual 60, calendar 40, others 20 */
  readonly priority?: number
  /** A date, or store time in ms. */
  readonly until?: Date | number | null
  /** Instead of `until`: from now. */
  readonly for?: Duration
  /** Bind the claim to a connection: it dies with it. */
  readonly connectionId?: string
}

/** The presence of an application's users, on this node. Made by `createPresence`. */
export interface Presence {
  /** New for each start, and after each death of its lease; never reused. */
  readonly nodeId: string
  readonly policy: Policy
  /** How often a page without a socket is asked to beat, in ms. */
  readonly beatEveryMs: number
  readonly limits: Limits
  readonly access: Access
  readonly clock: Clock
  readonly freshness: Freshness
  /** Connections this node holds. */
  readonly held: number
  /** Store time in ms, as this node knows it. */
  now(): number

  /** Takes a lease and begins to sweep. Without it a process may read, and serve requests by `touch`. */
  start(): Promise<void>
  /** Drains: connections are lost with `drainGrace`, so that clients that reconnect elsewhere do not flap. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>

  on<E extends keyof PresenceEvents>(event: E, listener: PresenceEvents[E]): this
  off<E extends keyof PresenceEvents>(event: E, listener: PresenceEvents[E]): this
  once<E extends keyof PresenceEvents>(event: E, listener: PresenceEvents[E]): this

  /** One user, as others see them, or as `as` does. */
  get<A extends Audience = 'others'>(userId: string, options?: { readonly as?: A }): Promise<ViewOf[A]>
  /** Many users, in the order asked for. */
  getMany<A extends Audience = 'others'>(
    userIds: readonly string[],
    options?: { readonly as?: A },
  ): Promise<readonly ViewOf[A][]>
  list<A extends 'others' | 'admin' = 'others'>(query: {
    readonly space?: string
    readonly status?: Status
    readonly limit?: number
    readonly cursor?: string | null
    readonly as?: A
  }): Promise<{ readonly users: readonly ViewOf[A][]; readonly next: string | null }>
  count(query?: {
    readonly space?: string
    readonly status?: Status
    readonly as?: 'others' | 'admin'
  }): Promise<number>
  /** Present users of a space by status, as others see it. */
  counts(space: string): Promise<Counts>

  /**
   * Claims a status for a source; the claim with the highest priority shows. Resolves once saved. Rejects with
   * `unavailable` or `store-error` while the store is away: a node that was started then keeps the claim and saves it
   * later, unless a newer word on the same source was said meanwhile. The same holds of all calls that follow but `forget`.
   */
  claim(userId: string, claim: ClaimInput): Promise<void>
  /** Ends the claim of a source. @param source @default 'manual' */
  clear(userId: string, source?: string): Promise<void>
  /** Sets or, with `null`, removes the text beside the status. */
  setMessage(
    userId: string,
    message: {
      readonly text: string
      readonly emoji?: string
      readonly until?: Date | number | null
      readonly for?: Duration
    } | null,
  ): Promise<void>
  /** Who may see when the user was last seen. */
  setLastSeenTo(userId: string, audience: LastSeenAudience): Promise<void>
  /**
   * A request counts as activity: input on the session's held connection, else on its one leased one. Resolves once it
   * is decided; what nobody can see of it is saved with the next batch, within `flushEvery` or a third of the lease.
   */
  touch(identity: Identity): Promise<void>
  /**
   * A heartbeat without a socket: the session lives, and is heard of again within `nextInMs`. Input only if `active`, or if
   * it opens the session's lease. Of a session with a page's connection nothing changes: pages prove their life
   * themselves. Resolves as `touch` does.
   */
  beat(identity: Identity, options?: { readonly nextInMs?: number; readonly active?: boolean }): Promise<void>
  /** Ends all connections of a session, or of the user, at once. */
  signOut(userId: string, options?: { readonly sessionId?: string }): Promise<void>
  /** Ends named connections, or all of them, at once. */
  kick(userId: string, options?: { readonly connectionIds?: readonly string[] }): Promise<void>
  /**
   * Erases everything known of a user, connections included. While the store is away it rejects and is not kept for later:
   * ask again. Another node that holds a connection of theirs and does not hear of it, because the feed lost that very
   * message, takes it for data that the store lost, and saves again what it knows: look once more after a minute.
   */
  forget(userId: string): Promise<void>
  /**
   * One pass of the sweeper now: ends what is due, and gives up what dead nodes held. In a process that was not started
   * it takes a lease for the pass. During a hold-off (see {@link SweepResult}) it ends nothing.
   */
  sweep(): Promise<SweepResult>

  /**
   * For adapters: who asks, with defaults filled in. Throws `limit-exceeded` for what is too long, `invalid-option` for an
   * id that is empty and for what no database can hold.
   */
  viewerOf(identity: Identity, connectionId: string): Viewer
  /**
   * For adapters: opens a connection held by this node. Resolves once saved. Rejects with `store-error` or `unavailable`
   * if it may be tried again, here or elsewhere; with `ended` or `limit-exceeded` if not; with `not-running` before
   * `start` and after `stop`, and with `invalid-option` for a request that no client should make.
   */
  open(request: OpenRequest): Promise<Opened>
  /** For adapters: opens a connection of a page without a socket. Resolves and rejects as `open` does. */
  lease(request: LeaseRequest): Promise<Leased>
  /** For adapters: that connection, at any node; whether it is there is for its calls to tell. */
  leased(userId: string, connectionId: string): LeasedConnection
  /** For adapters: a group of watchers that `fanOut` reaches. */
  watchers(fanOut: FanOut): WatcherGroup
  /** For adapters: an ephemeral message to a space that `from` stands in. Whoever does not see them there does not get it. */
  signal(
    from: { readonly userId: string; readonly connectionId: string },
    signal: { readonly space: string; readonly name: string; readonly data: Json; readonly forMs: number },
  ): Promise<void>
  /** For adapters: counts a refusal. */
  refuse(refusal: { readonly code: string; readonly kind: string; readonly userId: string | null }): void
  /** For adapters: something failed that no caller could be told of; emits `error`. */
  report(error: PresenceError): void
}
