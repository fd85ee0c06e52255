import type { Link } from '../network.ts'
import type { Scene } from '../scene.ts'
import type { ServerNode } from '../server.ts'
import { isUnsavable } from './deadlines.ts'
import type { Invariant } from './invariant.ts'

/** Within so long after a fault a node's word on its connections may still wait for the store. */
const CALM_MS = 60_000

/**
 * When a node has stopped, each connection that it held when it began to is lost, and is given the drain's grace: it was marked and
 * saved before its socket closes. Excused: the time after a fault of the store or a stall, and users who cannot be saved, by nobody or by this version.
 */
export const drained: Invariant = {
  name: 'drained',
  begin(scene, complain) {
    scene.onStopped((node, held) => {
      const { world, disturbedAt } = scene
      if (world.now - Math.max(disturbedAt(), node.process.stalledUntil) < CALM_MS) return
      const problem = unmarked(scene, node, held)
      if (problem !== null) complain(problem)
    })
    return {}
  },
}

function unmarked(scene: Scene, node: ServerNode, held: readonly Link[]): string | null {
  for (const { connectionId, page } of held) {
    if (connectionId === null) continue
    const userId = scene.tabs.get(page.name)?.userId ?? ''
    const standing = scene.shared.standing.get(userId)
    if (isUnsavable(scene, userId) || (standing?.isLater && !node.isLater)) continue
    const connection = standing?.record.connections.find(({ id }) => id === connectionId)
    if (connection === undefined || connection.nodeId !== node.storeClient.nodeId) continue
    const { lost } = connection
    if (lost === null)
      return `${userId}: connection ${connectionId} of node ${node.name}, which has stopped, is not marked`
    if (lost.cause === 'lost')
      return `${userId}: connection ${connectionId} of node ${node.name}, which has stopped, counts as cut off`
  }
  return null
}
