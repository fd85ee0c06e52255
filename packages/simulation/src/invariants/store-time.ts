import type { Scene } from '../scene.ts'
import { isWorking } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** Half of the longest round trip whose answer a node believes. */
const ERROR_MS = 500
const ROUNDING_MS = 2
/** Longer than two renewals, each of which measures anew. */
const MEASURED_MS = 30_000

/**
 * A node that renews its lease knows the store's time to half a second, however slow or lopsided the answers are.
 * Excused: until it could measure anew, a node that stood still, and all of them once the store's clock or a wall clock was set.
 */
export const storeTime: Invariant = {
  name: 'store time',
  begin: (scene) => ({
    look() {
      const { world, shared, nodes } = scene
      if (wasSet(scene)) return null
      for (const node of nodes.values()) {
        const { presence, process, startedAt, name, storeClient } = node
        // No renewal stood lately, and so nothing was measured.
        if (storeClient.leasedUntil < world.now) continue
        if (!isWorking(node, world.now) || world.now - Math.max(process.stalledUntil, startedAt) < MEASURED_MS) continue
        const error = presence.now() - shared.now()
        if (Math.abs(error) > ERROR_MS + ROUNDING_MS) return `node ${name} takes it for ${error} ms later than it is`
      }
      return null
    },
  }),
}

function wasSet({ script, world, disturbedAt }: Scene): boolean {
  return script.actions.some(
    (action) =>
      (action.do === 'set-store-clock' || action.do === 'set-wall') &&
      action.at <= world.now &&
      world.now - Math.max(action.at, disturbedAt()) < MEASURED_MS,
  )
}
