import type { ClaimStatus, ClientTransport, Counts, QueryPage, UserView, WireQuery } from '@rollcall/core/protocol'
import type { ActivityState } from './activity/activity.ts'
import type { InputOptions } from './activity/dom-input.ts'
import type { ClientClock } from './clock.ts'
import type { TokenSource } from './connection/connection-contract.ts'
import type { ResumeStorage } from './connection/kept.ts'
import type { RequestError } from './connection/requests.ts'
import type { ConnectionState } from './connection/state.ts'
import type { Duration } from './duration.ts'
import type { Lifecycle } from './lifecycle/lifecycle.ts'
import type { MyPresence } from './own/my-presence.ts'
import type { Outcome } from './own/own.ts'
import type { Readable } from './readable.ts'
import type { ClaimSource, Signals, SpaceState } from './register.ts'
import type { UsersQuery } from './roster/lists.ts'
import type { Member, UserPresence } from './roster/user-presence.ts'
import type { Membership } from './spaces/memberships.ts'
import type { ActiveSignal } from './spaces/signals.ts'

/** How input is noticed. Only *that* there was input is ever kept or sent, never what it was. */
export interface ActivityOptions extends InputOptions {
  /** For the countdown shown to the user; the server decides by its own policy. `false`: never idle. @default '5m' */
  readonly idleAfter?: Duration | false
}

export interface PresenceClientOptions {
  readonly transport: ClientTransport
  /** @default null */
  readonly token?: TokenSource
  /** Spaces to stand in, with the state there. @default all that the server grants */
  readonly spaces?: readonly (string | { readonly space: string; readonly state?: SpaceState })[]
  /** Shown to oneself and to admins, such as `'phone'`. */
  readonly device?: string
  /** `false`: no input is noticed; the application calls `active()`. @default {} in a page, false elsewhere */
  readonly activity?: ActivityOptions | false
  /** `null`: nothing ever goes away or comes back. @default the page's, null elsewhere */
  readonly lifecycle?: Lifecycle | null
  /** `null`: a reload does not resume. @default sessionStorage where there is one */
  readonly storage?: ResumeStorage | null
  /** Users known from elsewhere, such as a server render; stale until the server has spoken. */
  readonly initialUsers?: readonly UserView[]
  /** Give up an attempt after this. @default '10s' */
  readonly connectTimeout?: Duration
  /** How long the server may stay silent after a wake-up. @default '3s' */
  readonly verifyTimeout?: Duration
  /** `troubled` after this much time without a connection in all. @default '1.5s' */
  readonly showAfter?: Duration
  /** @default the platform's */
  readonly clock?: ClientClock
  /** For the jitter. @default Math.random */
  readonly random?: () => number
  /** Unguessable unique strings: the name of this page. @default the platform's generator */
  readonly randomId?: () => string
}

/** What a client tells besides its readables. */
export interface ClientEvents {
  /** The connection changed its state. */
  connection: (state: ConnectionState) => void
  /** The presence of a user who was known changed; not for `stale`. */
  change: (now: UserPresence, before: UserPresence) => void
  /** The server refused something, or something could not be asked of it. */
  error: (error: RequestError) => void
}

/** A mirror of the presence of others, and one's own. Everything shared by all users of one client; made outside any framework. */
export interface PresenceClient {
  readonly connection: Readable<ConnectionState>
  readonly me: Readable<MyPresence>
  readonly activity: Readable<ActivityState>
  /** Messages of the server that had no shape of the protocol; they are ignored. */
  readonly badMessages: number
  /** As given in the options: what a server render showed, for whoever hydrates it. */
  readonly initialUsers: readonly UserView[]
  /** Server time in ms, as measured at the last welcome; to compare with `statusSince` and `lastSeenAt`. */
  now(): number

  /** Connects, unless it does already. Resolves, never rejects, once `connected`, `closed` or `failed`; the same promise until then. */
  connect(): Promise<ConnectionState>
  /** Tries at once instead of at the end of the delay; verifies a connection that stands. From `failed` and `closed` it connects anew. */
  reconnect(): void
  /** Ends this connection on purpose: others see it at once, without grace. */
  disconnect(): void
  /**
   * Ends all connections of this session on purpose, in every tab. Without a connection nobody hears it: what signs the
   * user out on the server should end the session there too.
   */
  logout(): void
  /** Disconnects and releases every timer, listener and channel. For good. */
  dispose(): void

  /** One user; watched while anybody listens. */
  user(userId: string): Readable<UserPresence>
  /**
   * The ids of a query; the same array while only what is outside the query changes. Lists and counts follow single
   * users within 50 ms, so that many changes are one.
   */
  ids(query: UsersQuery): Readable<readonly string[]>
  users(query: UsersQuery): Readable<readonly UserPresence[]>
  /** How many users a query has. */
  count(query: UsersQuery): Readable<number>
  /** Present users of a space by status; `null` until known. Costs the server less than `count`. */
  counts(space: string): Readable<Counts | null>
  /** Who stands in a space, with their state there. */
  members<Space extends string>(space: Space): Readable<readonly Member<Space>[]>
  /** The state of one user in a space; `undefined` while they do not stand there. For cursors: only their changes are told. */
  state<Space extends string>(space: Space, userId: string): Readable<SpaceState<Space> | undefined>

  /** One's own status; replaces the last one of that source. Shown at once, rolled back if refused. */
  setStatus(status: ClaimStatus, options?: StatusOptions): Promise<Outcome>
  /** One's own status message; `null` clears it. */
  setMessage(message: string | MessageInput | null, options?: { readonly for?: Duration }): Promise<Outcome>
  /** Ends the claim of a source, so that the automatic status shows again. */
  clear(source?: ClaimSource): Promise<Outcome>

  /**
   * Stands in a space while at least one membership lasts. What the server could not do then, such as while its store was
   * away, is asked of it again; each refusal is an `error` event.
   */
  enter<Space extends string>(space: Space, state?: SpaceState<Space>): Membership<Space>
  /** Tells whoever is in the space, at most once and never stored; ends by itself, or with `for: 0`. `false`: not connected. */
  signal<Name extends keyof Signals & string>(
    space: string,
    name: Name,
    data?: Signals[Name],
    options?: { readonly for?: Duration },
  ): boolean
  /** Who sends a signal now, such as typing; oneself left out. */
  signals<Name extends keyof Signals & string>(
    space: string,
    name: Name,
  ): Readable<readonly ActiveSignal<Signals[Name]>[]>
  /** Asks once. Rejects with a {@link RequestError} when refused or not connected. */
  query<Query extends WireQuery>(query: Query): Promise<Query extends { kind: 'count' } ? Counts : QueryPage>

  /** The user did something that is no input event, such as speaking. */
  active(): void
  /**
   * The user is away until the next input: a lock screen, an idle detector, a button. While `keepActive()` holds it waits.
   */
  idle(): void
  /** Keeps the user active without input, for a call or a film; counted. Returns the function that ends it. */
  keepActive(): () => void
  /** Time until this client would call the user idle, in ms; 0 once idle, `null` if never. */
  idleInMs(): number | null

  on<Event extends keyof ClientEvents>(event: Event, listener: ClientEvents[Event]): () => void
}

export interface StatusOptions {
  readonly for?: Duration
  /** @default 'manual' */
  readonly source?: ClaimSource
  /** The claim ends with this connection, such as a call. Not for `invisible`. */
  readonly bound?: boolean
}

export interface MessageInput {
  readonly text: string
  readonly emoji?: string
}
