import type { FeedTopic, IndexEntries, PublishedTopic, Status, UserRecord } from '../machine/index.ts'

/** What a store can and cannot do. Differences are declared here, never hidden behind an optional method. */
export interface StoreCapabilities {
  /** For messages, metrics and the doctor: `memory`, `redis`, … */
  readonly name: string
  /** Records survive a restart of the store itself. */
  readonly durable: boolean
  /** Other processes see what this one saves. */
  readonly shared: boolean
  /**
   * `save` is refused in the same step when the writer's lease was killed. A writer that never had a lease may write.
   * Where this is `false` such a write may pass, and `deadNodes` finds it.
   */
  readonly fencedSaves: boolean
  /** A save and its publication are one step; if not, a crash between them loses the publication until the next reconciliation. */
  readonly atomicPublication: boolean
  /** How soon a change normally reaches subscribers: `push` at once, or `poll` after up to this many ms. */
  readonly feed: { readonly kind: 'push' } | { readonly kind: 'poll'; readonly everyMs: number }
}

/** What a change looks like to subscribers: the whole new state, so that none of them needs a read. */
export interface FeedChange {
  readonly userId: string
  readonly epoch: number
  readonly version: number
  /** `null`: forgotten. */
  readonly record: UserRecord | null
  /** Whatever the writer wants its readers to know of the change itself; JSON the store does not look into. */
  readonly note: unknown
}

/** An ephemeral message to a space, such as typing; never stored. */
export interface FeedSignal {
  readonly topic: PublishedTopic
  readonly signal: unknown
}

/** One compare-and-set. */
export interface Write {
  readonly userId: string
  /** `null` forgets the user. */
  readonly record: UserRecord | null
  /** The `rev` that must stand now; `null`: there must be no record. */
  readonly expected: string | null
  /** The node that writes. */
  readonly writer: string
  /** Replaces whatever the user was indexed under; `null` with a `null` record. */
  readonly index: IndexEntries | null
  /** Where to publish: the union of what the old and the new state concern. */
  readonly topics: readonly PublishedTopic[]
  readonly change: FeedChange
}

/** What became of a write: saved, in conflict with the record that stands, or refused because the writer's lease is over. */
export type WriteResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'conflict'; readonly standing: UserRecord | null }
  | { readonly ok: false; readonly reason: 'fenced' }

/** Which users: those standing in `space` (anywhere without it), with `status` (present ones without it). */
export interface StoreQuery {
  readonly space?: string
  readonly status?: Status
  /** Whether as others see it, or as it is. */
  readonly as: 'others' | 'admin'
}

/**
 * One page of at most `limit` items, in an order that does not move while presence changes. Hand `next` back to go on;
 * `null`: that was all. A cursor is opaque; it stays good while records change, also when the user it points at goes.
 * Order by id is by UTF-16 code units or by UTF-8 bytes, whichever is natural to the store; never by a locale.
 */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface NodeRenewal {
  /** `false`: the lease was killed; the node must take a new id and announce everything. */
  readonly stands: boolean
  /**
   * The store knew no lease of this node: the node is new, or the store lost its data, or forgot the id a day after its
   * lease. Records that name the node are no lease. `false` if the renewal does not stand.
   */
  readonly isNew: boolean
  /**
   * How many records name the node in their index entries, and the sum modulo 2^32 of the `hashRev` of their `rev`, all
   * as they stand: a node that knows their revisions sees whether it missed a write, or the store lost one.
   */
  readonly digest: { readonly count: number; readonly sum: number }
  /** Until when nobody may execute a lease or a loss, because nobody had renewed for long; 0: no hold-off at `now`. */
  readonly holdOffUntil: number
}

/**
 * A subscription to the change feed. Topics come and go with watchers. Who has the topic `all` hears every change that is
 * published on any topic, and no signals for the sake of it.
 */
export interface FeedSubscription {
  /** Resolves once every later save is certain to be heard. Topics that are there already stay as they are. */
  add(topics: readonly FeedTopic[]): Promise<void>
  /** Resolves once no later save is heard for the sake of these topics. */
  remove(topics: readonly FeedTopic[]): Promise<void>
  /** At most once, unordered against saves, never stored. Heard by every subscriber of the topic, this one included. */
  publish(signal: FeedSignal): Promise<void>
  /** Nothing is heard once this resolved. Twice does no harm. */
  close(): Promise<void>
}

/**
 * A versioned shelf of records with three indexes (due, lists, nodes), node leases and a change feed. It knows nothing
 * about statuses: the engine hands it the index entries with each write. Wherever time matters `now` is an argument,
 * in ms of store time; an instant has come when `now` equals it. A call that cannot be answered rejects, within a
 * deadline well below the lease of a node; it may then have been executed or not, or be executed later.
 *
 * Ids and names (users, spaces, nodes, topics) are non-empty, well-formed Unicode of up to 256 bytes in UTF-8 without
 * NUL: callers see to it. A store takes them as they are: case, spaces, normal form and characters that mean something
 * to the store all count. Records and notes are plain JSON that nobody mutates; a store hands back equal ones, and
 * may hand out the very objects it was given.
 */
export interface PresenceStore {
  readonly capabilities: StoreCapabilities
  /** The store's clock in ms. Never falls. */
  now(): Promise<number>
  /** Records in the order asked for, `null` where there is none. */
  load(userIds: readonly string[]): Promise<readonly (UserRecord | null)[]>
  /**
   * Each write is atomic on its own: the record, its index entries and its publication, or none of them (but see
   * `atomicPublication`). Results are in the order of the writes. A conflict returns the record that stands, so that a
   * retry needs no read. Two writes of one user in one call are executed in order.
   */
  save(writes: readonly Write[]): Promise<readonly WriteResult[]>
  /**
   * Users whose `wakeAt` is at or before `now`, oldest first. Safe for any number of sweepers at once: reading changes
   * nothing. In one pass of pages a user whose `wakeAt` stays is met exactly once, whatever becomes of the others.
   */
  due(now: number, cursor: string | null, limit: number): Promise<Page<string>>
  /** Records by space and status, ordered by user id. A user who neither enters nor leaves the query during paging is listed exactly once. */
  list(query: StoreQuery, cursor: string | null, limit: number): Promise<Page<UserRecord>>
  count(query: StoreQuery): Promise<number>
  /**
   * Extends the node's lease to `until`, creating it for a node never seen. `until` only rises. A lease that ran out
   * but was not killed is extended; a killed or removed one never is. Each is remembered for at least a day. When the last renewal by
   * anybody was `holdOff.afterMs` ago or longer, a hold-off of `holdOff.forMs` begins at `now`; the very first renewal
   * of a store begins none. A renewal that stands echoes on the node's own topic as a signal
   * `{ type: 'renewed', until }`.
   */
  renewNode(
    nodeId: string,
    until: number,
    now: number,
    holdOff: { readonly afterMs: number; readonly forMs: number },
  ): Promise<NodeRenewal>
  /**
   * Nodes that records name in their index entries and for which no live lease stands at `now`, ordered by id, over and
   * over until no record names them. Each one listed is killed in the same step, also if it never had a lease, so that
   * it cannot come back to life while it is swept. Empty during a hold-off, which kills nobody.
   */
  deadNodes(now: number, cursor: string | null, limit: number): Promise<Page<string>>
  /** Ids of the users that the index holds under a node, ordered by id. */
  usersOf(nodeId: string, cursor: string | null, limit: number): Promise<Page<string>>
  /**
   * Ends the node's lease at once, as if killed. `false` while records still name the node: it stays dead, and is to be
   * removed again once they are swept. `true`: nothing is left but the memory that this id must not come back.
   */
  removeNode(nodeId: string): Promise<boolean>
  /**
   * Opens a subscription with no topics. `onChanges` gets the changes of one save call in their order, in as few calls
   * as the store can, each change once however many topics match; never inside the call that saved. `onGap` is called
   * when something may have been missed on these topics (all of them without a list).
   */
  subscribe(listener: FeedListener): Promise<FeedSubscription>
  /** Releases only what the store itself opened. */
  close(): Promise<void>
}

export interface FeedListener {
  onChanges(changes: readonly FeedChange[]): void
  onSignal(signal: FeedSignal): void
  onGap(topics: readonly FeedTopic[] | null): void
}
