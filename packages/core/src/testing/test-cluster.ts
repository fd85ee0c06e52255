import type { PresenceOptions } from '../options.ts'
import type { PresenceStore } from '../store/contract.ts'
import { type Duration, toMs } from '../time/duration.ts'
import { createVirtualClock, type VirtualClock } from '../time/virtual-clock.ts'
import { distantStore } from './reached-store.ts'
import { startNode, type TestNode } from './test-node.ts'
import { wipeableStore } from './wipeable-store.ts'

/** What the nodes of a cluster are made with, but for time and store, which they share. */
export type TestNodeOptions = Omit<PresenceOptions, 'clock' | 'store'>

export interface TestClusterOptions<Count extends number = number> extends TestNodeOptions {
  /** Nodes started at once. @default 2 */
  readonly nodes?: Count
}

/** So many nodes at least, so that each can be taken out by its position. */
type AtLeast<Count extends number, Nodes extends readonly TestNode[] = []> = number extends Count
  ? readonly TestNode[]
  : Nodes['length'] extends Count
    ? readonly [...Nodes, ...TestNode[]]
    : AtLeast<Count, [...Nodes, TestNode]>

/** The store that the nodes of a cluster share. It lies in memory, and can fail as one beyond a network does. */
export interface TestStore extends PresenceStore {
  /**
   * While it is away every call of every node rejects unexecuted, and nothing comes from the feed. When it is back,
   * subscribers are told that they may have missed something.
   */
  away(isAway: boolean): void
  /**
   * It lost every record, lease and memory of killed nodes, as after a restart without persistence; subscribers are
   * told that they may have missed something.
   */
  wipe(): Promise<void>
}

/** Nodes that share a store, in one process and in virtual time. */
export interface TestCluster<Nodes extends readonly TestNode[] = readonly TestNode[]> extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly store: TestStore
  /** Every node ever started, oldest first; those that stopped or crashed included. */
  readonly nodes: Nodes
  /** Starts one more node. What is given goes before the options of the cluster. */
  start(options?: TestNodeOptions): Promise<TestNode>
  /** Lets time pass: every deadline on the way is met at its instant. */
  advance(duration: Duration): Promise<void>
}

/**
 * A cluster for the tests of an application: nothing of it waits for real time, opens a socket or needs a service.
 * Disposing it brings the store back, lets stalled nodes go on, and stops all that have not crashed.
 */
export async function createTestCluster<Count extends number = 2>({
  nodes: count = 2 as Count,
  ...options
}: TestClusterOptions<Count> = {}): Promise<TestCluster<AtLeast<Count>>> {
  const clock = createVirtualClock()
  const shelf = wipeableStore(clock)
  const store: TestStore = { ...distantStore(shelf), wipe: shelf.wipe }
  const nodes: TestNode[] = []
  const cluster: TestCluster<AtLeast<Count>> = {
    clock,
    store,
    nodes: nodes as readonly TestNode[] as AtLeast<Count>,
    async start(own = {}) {
      const node = await startNode({ ...options, ...own }, clock, store)
      nodes.push(node)
      return node
    },
    advance: (duration) => clock.advance(toMs(duration, 'duration')),
    async [Symbol.asyncDispose]() {
      store.away(false)
      for (const node of nodes) await node[Symbol.asyncDispose]()
    },
  }
  for (let started = 0; started < count; started++) await cluster.start()
  return cluster
}
