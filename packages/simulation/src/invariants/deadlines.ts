import type { Scene } from '../scene.ts'
import { isWorking, nodeOf } from './audiences.ts'
import type { Invariant } from './invariant.ts'

const SWEEP_MS = 10_000
const SLOW_SWEEP_MS = 3_600_000
const LEASE_MS = 30_000
const HOLD_OFF_MS = 30_000
const BACKLOG_MS = 15_000
/** Within this long after the last fault nodes renewed, held off and swept. */
const RECOVERY_MS = LEASE_MS + HOLD_OFF_MS + SWEEP_MS + BACKLOG_MS

/**
 * With a healthy store and a working node, nothing executable stays: no deadline older than a sweep and its backlog, no
 * connection of a process that died more than a lease, a hold-off, a sweep and its backlog ago.
 *
 * Excused: a user who could not be saved lately; the recovery after any other fault of the store or damage to it, after the store's clock was set, and as long as no
 * node has worked for that long.
 */
export const deadlines: Invariant = {
  name: 'deadlines',
  begin(scene) {
    const { world, shared, script } = scene
    const clockSetAt = () =>
      Math.max(
        0,
        ...script.actions
          .filter((action) => action.do === 'set-store-clock' && action.at <= world.now)
          // A clock that was set back stands still for those who know a later time.
          .map((action) => action.at + (action.do === 'set-store-clock' ? Math.max(0, -action.ms) : 0)),
      )
    /** When the store first had a connection: a save may come long after the death of who made it. */
    const appearedAt = new Map<string, number>()
    const look = () => {
      const calmSince = Math.max(scene.disturbedAt(), clockSetAt())
      if (world.now - calmSince < RECOVERY_MS) return null
      const works = [...scene.nodes.values()].some(
        (node) =>
          isWorking(node, world.now) && Math.max(node.startedAt, node.process.stalledUntil) < world.now - RECOVERY_MS,
      )
      if (!works) return null
      const now = shared.now()
      const sweepMs = script.policy === 'slow' ? SLOW_SWEEP_MS : SWEEP_MS
      for (const [userId, { record, index }] of shared.standing) {
        if (isUnsavable(scene, userId)) continue
        if (index.wakeAt !== null && index.wakeAt + sweepMs + BACKLOG_MS < now)
          return `${userId}: what was due ${now - index.wakeAt} ms ago has not happened`
        for (const { id, nodeId, lost } of record.connections) {
          if (nodeId === null || lost !== null) continue
          const diedAt = nodeOf(scene, nodeId)?.process.deadAt ?? Number.POSITIVE_INFINITY
          if (world.now - Math.max(diedAt, appearedAt.get(id) ?? 0) > RECOVERY_MS)
            return `${userId}: connection ${id} still stands, its node died ${world.now - diedAt} ms ago`
        }
      }
      return null
    }
    return {
      look,
      end: look,
      accepted({ after }) {
        for (const { id } of after?.connections ?? []) if (!appearedAt.has(id)) appearedAt.set(id, world.now)
        return null
      },
    }
  },
}

/** Whoever could not be saved is tried again after twice as long as it lasted, at most. */
export function isUnsavable({ shared, world }: Scene, userId: string): boolean {
  return shared.faults.some(
    (fault) => fault.userId === userId && world.now < fault.until + 2 * (fault.until - fault.from) + RECOVERY_MS,
  )
}
