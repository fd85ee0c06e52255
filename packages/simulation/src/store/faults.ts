import { hashRev } from '@rollcall/core'

/** One of the two halves that users fall into, as on a cluster of two shards. */
export type Partition = 0 | 1

export function partitionOf(userId: string): Partition {
  // Any hash would do; this one is there.
  return (hashRev(userId) & 1) as Partition
}

/** Which calls of a node a fault concerns. */
export type CallGroup = 'all' | 'saves' | 'reads' | 'renewals'

/** The names of the store's calls. */
export type CallName =
  | 'now'
  | 'load'
  | 'save'
  | 'due'
  | 'list'
  | 'count'
  | 'renewNode'
  | 'deadNodes'
  | 'usersOf'
  | 'removeNode'
  | 'subscribe'
  | 'topics'
  | 'publish'

/** What becomes of a call that a fault hits. */
export type CallFaultKind =
  /** Rejected at once, not executed. */
  | 'refused'
  /** Not executed; nothing is heard until the deadline. */
  | 'hangs'
  /** Nothing is heard until the deadline; executed up to 120 s later. */
  | 'late'
  /** Executed and answered; executed once more up to 5 s later. */
  | 'twice'
  /** Executed; the answer is lost. */
  | 'answer-lost'
  /** Executed and answered, each way up to 2 s. */
  | 'slow'
  /** A slow way there, a fast way back: what the store says is older than it seems. */
  | 'lopsided'

/** A fault that lasts from `from` to `until`, in world time. */
export interface CallFault {
  readonly kind: CallFaultKind
  readonly from: number
  until: number
  /** `null`: all nodes. */
  readonly node: string | null
  readonly calls: CallGroup
  /** `null`: all users; else calls that touch users of this half. */
  readonly partition: Partition | null
  /** The only user it concerns. */
  readonly userId?: string
  /** What part of the calls is hit. */
  readonly share: number
}

/** What a fault does to the feed of a node. */
export interface FeedFault {
  /**
   * `lost`: one delivery is lost. `dead`: nothing comes until the driver notices. `deaf`: nothing comes until the node
   * subscribes anew, for the driver never notices.
   */
  readonly kind: 'lost' | 'dead' | 'deaf' | 'delayed' | 'reordered'
  readonly from: number
  until: number
  readonly node: string | null
  /** Only what concerns this topic. */
  readonly topic: string | null
}

const SAVES: readonly CallName[] = ['save']
const READS: readonly CallName[] = ['load', 'list', 'count']
const RENEWALS: readonly CallName[] = ['renewNode']
/** Calls that touch no user, so that a fault of one partition leaves them alone. */
const WITHOUT_USERS: readonly CallName[] = ['now', 'renewNode', 'removeNode', 'subscribe', 'topics', 'publish']
/** Calls that change something: only for them it matters whether they were executed. */
const WRITING: readonly CallName[] = ['save', 'renewNode', 'removeNode', 'deadNodes']

/** Whether a fault hits a call of this name by this node, as far as users are not concerned. */
export function hits(fault: CallFault, node: string, call: CallName, now: number): boolean {
  if (now < fault.from || now >= fault.until || (fault.node !== null && fault.node !== node)) return false
  if (fault.calls === 'saves' && !SAVES.includes(call)) return false
  if (fault.calls === 'reads' && !READS.includes(call)) return false
  if (fault.calls === 'renewals' && !RENEWALS.includes(call)) return false
  if (fault.kind === 'lopsided') return call === 'now'
  // A subscription that nobody knows of would be the adapter's fault, not the store's.
  if (call === 'subscribe' && (fault.kind === 'answer-lost' || fault.kind === 'late')) return false
  if ((fault.kind === 'late' || fault.kind === 'twice') && !WRITING.includes(call)) return false
  return fault.partition === null || !WITHOUT_USERS.includes(call)
}

/** Whether it concerns this user. */
export function concerns(fault: CallFault, userId: string): boolean {
  if (fault.userId !== undefined) return fault.userId === userId
  return fault.partition === null || fault.partition === partitionOf(userId)
}
