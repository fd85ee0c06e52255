import type { FeedTopic, IndexEntries, Status, UserRecord } from '../machine/index.ts'

/** What a store can and cannot do. Differences are declared here, never hidden behind an optional method. */
export interface StoreCapabilities {
  /** For messages, metrics and the doctor: `memory`, `redis`, … */
  readonly name: string
  /** Records survive a restart of the store itself. */
  readonly durable: boolean
  /** Other processes see what this one saves. */
  readonly shared: boolean
  /** `save` is refused in the same step when the writer's lease no longer stands. */
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
  readonly topic: FeedTopic
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
  readonly topics: readonly FeedTopic[]
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

/** One page, in an order that does not move while presence changes. Hand `next` back to go on; `null`: that was all. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface NodeRenewal {
  /** `false`: the lease was killed; the node must take a new id and announce everything. */
  readonly stands: boolean
  /** What the index holds under the node: how many users, and the sum of the hashes of their ids modulo 2^32. */
  readonly digest: { readonly count: number; readonly sum: number }
  /** Until when nobody may execute a lease or a loss, because nobody renewed for two periods; 0: no hold-off. */
  readonly holdOffUntil: number
}

/** A subscription to the change feed. Topics come and go with watchers. */
export interface FeedSubscription {
  /** Resolves once every later save is certain to be heard. */
  add(topics: readonly FeedTopic[]): Promise<void>
  remove(topics: readonly FeedTopic[]): Promise<void>
  /** At most once, unordered against saves, never stored. Heard by every subscriber of the topic, this one included. */
  publish(signal: FeedSignal): Promise<void>
  close(): Promise<void>
}

/**
 * A versioned shelf of records with three indexes (due, lists, nodes), node leases and a change feed. It knows nothing
 * about statuses: the engine hands it the index entries with each write. Wherever time matters `now` is an argument,
 * in ms of store time. A call that cannot be answered rejects; it may then have been executed or not.
 */
export interface PresenceStore {
  readonly capabilities: StoreCapabilities
  /** The store's clock in ms. Never falls. */
  now(): Promise<number>
  /** Records in the order asked for, `null` where there is none. */
  load(userIds: readonly string[]): Promise<readonly (UserRecord | null)[]>
  /**
   * Each write is atomic on its own: the record, its index entries and its publication, or none of them. Results are in
   * the order of the writes. A conflict returns the record that stands, so that a retry needs no read. Two writes of
   * one user in one call are executed in order.
   */
  save(writes: readonly Write[]): Promise<readonly WriteResult[]>
  /** Users whose `wakeAt` is at or before `now`, oldest first. Safe for any number of sweepers at once. */
  due(now: number, cursor: string | null, limit: number): Promise<Page<string>>
  /** Records by space and status, ordered by user id. A user who neither enters nor leaves the query during paging is listed exactly once. */
  list(query: StoreQuery, cursor: string | null, limit: number): Promise<Page<UserRecord>>
  count(query: StoreQuery): Promise<number>
  /**
   * Extends the node's lease to `until`, creating it for a node never seen. `until` only rises. A lease that ran out
   * but was not killed is extended; a killed one never is. When nobody renewed for `holdOff.afterMs`, a hold-off of
   * `holdOff.forMs` begins. Echoes on the node's own topic as a signal `{ type: 'renewed', until }`.
   */
  renewNode(
    nodeId: string,
    until: number,
    now: number,
    holdOff: { readonly afterMs: number; readonly forMs: number },
  ): Promise<NodeRenewal>
  /**
   * Nodes that records name and for which no live lease stands at `now`. Each lease that ran out is killed in the same
   * step, so that its node cannot come back to life while it is swept. Empty during a hold-off.
   */
  deadNodes(now: number, cursor: string | null, limit: number): Promise<Page<string>>
  /** Ids of the users that the index holds under a node, ordered by id. */
  usersOf(nodeId: string, cursor: string | null, limit: number): Promise<Page<string>>
  /** Ends the node's lease. Its entry goes once no record names it, and at once if none does: `false` while one still does. */
  removeNode(nodeId: string): Promise<boolean>
  /**
   * Opens a subscription with no topics. `onChanges` gets the changes of one save call in their order, and signals;
   * `onGap` is called when something may have been missed on these topics (all of them without a list).
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
