import { isWorking } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** Within so long after any other fault or a stall a node has renewed and heard, and knows that it is fresh. */
const CALM_MS = 60_000

/**
 * That one user cannot be saved is nobody else's concern: no node takes the store for unreachable. Excused: the time after
 * any other fault of store or feed, or after a wall clock was set, and nodes that started or stood still lately.
 */
export const bystanders: Invariant = {
  name: 'bystanders',
  begin(scene) {
    const { nodes, script, shared, world } = scene
    const lasts = ({ from, until }: { readonly from: number; readonly until: number }) =>
      from <= world.now && world.now < until + CALM_MS
    return {
      look() {
        if (!shared.faults.some((fault) => fault.userId !== undefined && lasts(fault))) return null
        if (world.now - scene.disturbedAt() < CALM_MS || shared.feed.faults.some(lasts)) return null
        if (shared.faults.some((fault) => fault.userId === undefined && lasts(fault))) return null
        // Of two clocks that part a node believes the one by which its lease is older.
        if (script.actions.some(({ do: what, at }) => what === 'set-wall' && lasts({ from: at, until: at })))
          return null
        for (const node of nodes.values()) {
          const { process, presence, startedAt } = node
          if (!isWorking(node, world.now) || world.now - Math.max(process.stalledUntil, startedAt) < CALM_MS) continue
          if (presence.freshness.stale) return `node ${node.name} is stale, while only one user cannot be saved`
        }
        return null
      },
    }
  },
}
