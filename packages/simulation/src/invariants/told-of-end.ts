import type { Page } from '../page.ts'
import type { Scene } from '../scene.ts'
import { hearsFrom, isReached, isWorking } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** Once an end is acknowledged, its publication, the word to the page and the close take less. */
const TOLD_MS = 3000
const LOOKED_AT_MS = 9000
/** Longer than two renewals with their audits, and than the feed takes to be given up. */
const CALM_MS = 60_000

/** A page over HTTP that hears of its user, and whose requests met no trouble lately. */
function listens(scene: Scene, page: Page): boolean {
  const { requests, world, nodes, shared } = scene
  const { tab, process } = page
  if (tab.over === 'socket' || !isReached(scene, page) || world.now - process.stalledUntil < CALM_MS) return false
  const server = hearsFrom(scene, page)
  const node = [...nodes.values()].find((each) => each.process === server)
  if (node === undefined || !isWorking(node, world.now) || world.now - node.process.stalledUntil < CALM_MS) return false
  // What stands is of a later version: it cannot tell what became of it.
  if (shared.standing.get(tab.userId)?.isLater && !node.isLater) return false
  // It is the store that tells why a connection is there no more.
  if (
    shared.faults.some(({ kind, from, until }) => kind === 'slow' && from <= world.now && world.now < until + CALM_MS)
  )
    return false
  return !requests.faults.some(({ page: name, until }) => name === tab.name && world.now < until + CALM_MS)
}

/**
 * When a sign-out or a kick is acknowledged, the nodes that hold the connections are told and close their sockets; no
 * audit has to find out. A page over HTTP is told by
 * whatever node it hears from. Excused: the time after a fault of store or feed, or of a page's requests or, for such a
 * page, slow answers of the store; nodes that stood still lately; and such a page of whom its node cannot tell anything,
 * for its record is of a later version.
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
          for (const page of scene.pages.values()) {
            if (page.connectionId === null || !connectionIds.includes(page.connectionId) || !listens(scene, page))
              continue
            return `${userId}: page ${page.tab.name} goes on as ${page.connectionId}, a ${what} was acknowledged ${world.now - ackedAt} ms ago`
          }
        }
        return null
      },
    }
  },
}
