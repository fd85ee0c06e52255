import { isWorking, nodeOf } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** As long as the longest node lease of any policy here. */
const LEASE_MS = 30_000

/**
 * A node hands over no save once its lease is over by its own monotonic clock; a store that fences accepts none of a
 * killed node; and nobody declares a node dead that works and may still write.
 *
 * Not excused: stalls between check and send, for the check is what is looked at. Excused: for one lease after the
 * store lost all leases, a node that has not renewed yet may be taken for dead. And a clock that stood still: whether
 * the node was dead meanwhile is a matter of the world's time.
 */
export const fence: Invariant = {
  name: 'fence',
  begin(scene, complain) {
    const { world, shared } = scene
    scene.onNode((node) => {
      node.storeClient.onSave((writes) => {
        const { mayWriteUntil, nodeId } = node.storeClient
        if (nodeId === null || node.process.clock.monotonic() < mayWriteUntil) return
        const since = Math.round(node.process.clock.monotonic() - mayWriteUntil)
        complain(`node ${writes[0]?.writer} hands over a save ${since} ms after the end of its lease`)
      })
    })
    shared.onKilled((nodeId) => {
      const node = nodeOf(scene, nodeId)
      if (node === undefined || node.storeClient.nodeId !== nodeId || !isWorking(node, world.now)) return
      if (world.now - shared.wipedAt < LEASE_MS) return
      const left = Math.round(node.storeClient.leasedUntil - world.now)
      if (left > 0) complain(`node ${nodeId} is declared dead while it may write for another ${left} ms`)
    })
    return {
      accepted({ write, writerKilled }) {
        if (!shared.kind.fenced || !writerKilled) return null
        return `a save of killed node ${write.writer} was accepted`
      },
    }
  },
}
