import { isWorking } from './invariants/audiences.ts'
import type { Link } from './network.ts'
import type { Scene } from './scene.ts'

/** Renewal, audit and announce after the store lost something. */
export const AUDIT_MS = 60_000
/** An open is saved and answered, if nothing is wrong. */
const OPENED_MS = 5000
/** What another node saved was delivered. */
const HEARD_MS = 1000

/** The links by which working nodes hold a user now. */
export function keepersOf(scene: Scene, userId: string): readonly Link[] {
  return [...scene.network.links].filter(
    (link) => scene.tabs.get(link.page.name)?.userId === userId && isKeeping(scene, link),
  )
}

/**
 * Whether one of them surely knows what was acknowledged at `ackedAt`: held its connection before, and saved it or heard
 * of it; and was neither stopped nor cut off, nor its store or its feed in trouble, from then until now.
 */
export function isKept(scene: Scene, keepers: readonly Link[], ackedAt: number, damagedAt: number): boolean {
  const { script, world, shared } = scene
  const from = ackedAt - OPENED_MS
  // Rounds of hours find nothing out in a minute.
  if (script.policy === 'slow' || damagedAt - ackedAt < HEARD_MS) return false
  const meets = (fault: { readonly from: number; readonly until: number }) =>
    fault.from <= world.now && fault.until >= from
  if (shared.faults.some(meets) || shared.feed.faults.some(meets) || shared.feed.harmedAt >= from) return false
  const isSet = script.actions.some(
    ({ do: what, at }) => (what === 'set-store-clock' || what === 'set-wall') && at <= world.now,
  )
  if (isSet) return false
  return keepers.some(
    (link) => link.openedAt < from && isKeeping(scene, link) && link.server.process.stalledUntil < from,
  )
}

function isKeeping({ nodes, shared, world }: Scene, { connectionId, server, serverOpen, closing, silent }: Link) {
  if (connectionId === null || !serverOpen || closing || silent) return false
  const node = [...nodes.values()].find(({ process }) => process === server.process)
  if (node === undefined || !isWorking(node, world.now)) return false
  const { nodeId } = node.storeClient
  return nodeId !== null && !shared.killed.has(nodeId)
}
