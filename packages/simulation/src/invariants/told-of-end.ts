import { isWorking } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** Once an end is acknowledged, its publication, the word to the page and the close take less. */
const TOLD_MS = 3000
const LOOKED_AT_MS = 9000
/** Longer than two renewals with their audits, and than the feed takes to be given up. */
const CALM_MS = 60_000

/**
 * When a sign-out or a kick is acknowledged, the nodes that hold the connections are told and close their sockets; no
 * audit has to find out. Excused: the time after a fault of store or feed, and nodes that stood still lately.
 */
export const toldOfEnd: Invariant = {
  name: 'told of end',
  begin(scene) {
    const { network, nodes, shared, witness, world } = scene
    return {
      look() {
        if (world.now - scene.disturbedAt() < CALM_MS) return null
        if (shared.feed.faults.some(({ from, until }) => from <= world.now && world.now < until + CALM_MS)) return null
        for (const { userId, connectionIds, ackedAt, what } of witness.ends) {
          if (ackedAt === null || world.now < ackedAt + TOLD_MS || world.now > ackedAt + LOOKED_AT_MS) continue
          for (const { connectionId, server, serverOpen, closing } of network.links) {
            if (connectionId === null || !connectionIds.includes(connectionId) || !serverOpen || closing) continue
            const node = [...nodes.values()].find(({ process }) => process === server.process)
            if (node === undefined || !isWorking(node, world.now)) continue
            if (world.now - node.process.stalledUntil < CALM_MS) continue
            return `${userId}: connection ${connectionId} is open at node ${node.name}, a ${what} was acknowledged ${world.now - ackedAt} ms ago`
          }
        }
        return null
      },
    }
  },
}
