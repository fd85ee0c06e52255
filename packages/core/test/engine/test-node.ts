import { memoryStore, type PresenceOptions, type PresenceStore } from '../../src/index.ts'
import { startNode, type TestNode } from '../../src/testing/test-node.ts'
import { createVirtualClock, type VirtualClock } from '../../src/testing.ts'

/** A node with what it stands on, for tests that bring a store of their own. */
export type EngineNode = TestNode & {
  readonly clock: VirtualClock
  readonly store: PresenceStore
  /** Store time when the node started. */
  readonly startedAt: number
}

/** A started presence on a memory store in virtual time. Give `clock` and `store` to join another node's. */
export async function createTestNode({
  clock = createVirtualClock(),
  store = memoryStore({ clock }),
  ...options
}: Partial<Omit<PresenceOptions, 'clock'>> & { readonly clock?: VirtualClock } = {}): Promise<EngineNode> {
  const node = await startNode(options, clock, store)
  return Object.assign(node, { clock, store, startedAt: node.presence.now() })
}
