import type { Connection } from '@rollcall/core'
import type { Page } from '../page.ts'
import type { Scene } from '../scene.ts'
import { grantsOf } from '../server.ts'
import { isReached, isWorking, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/**
 * Once everything had time to become right, the store holds what the nodes hold and the pages know: each held
 * connection of a record has its link, each connected page its connection, standing where the page wants to stand; and
 * each node counts as many connections as the records name for it. Excused: where a page over HTTP stands whose user the store
 * took back.
 */
export const ownership: Invariant = {
  name: 'ownership',
  begin: (scene) => ({
    end: () => unheld(scene) ?? unknown(scene) ?? miscounted(scene),
  }),
}

function* heldConnections(scene: Scene): Generator<{ readonly userId: string; readonly connection: Connection }> {
  for (const [userId, { record }] of scene.shared.standing) {
    for (const connection of record.connections) if (connection.nodeId !== null) yield { userId, connection }
  }
}

function unheld(scene: Scene): string | null {
  // Without a node nobody finds the dead ones.
  if (![...scene.nodes.values()].some((node) => isWorking(node, scene.world.now))) return null
  for (const { userId, connection } of heldConnections(scene)) {
    if (connection.lost !== null) continue
    const link = [...scene.network.links].find(({ connectionId }) => connectionId === connection.id)
    if (link === undefined || !link.serverOpen)
      return `${userId}: connection ${connection.id} stands in the store, and no link carries it`
    const node = [...scene.nodes.values()].find(({ process }) => process === link.server.process)
    if (node?.storeClient.nodeId !== connection.nodeId)
      return `${userId}: connection ${connection.id} stands under node ${connection.nodeId}, held by ${node?.storeClient.nodeId}`
  }
  return null
}

function unknown(scene: Scene): string | null {
  for (const page of scene.pages.values()) {
    const { tab, connectionId } = page
    if (!isReached(scene, page)) continue
    const record = scene.shared.standing.get(tab.userId)?.record
    const mine = record?.connections.find(({ id }) => id === connectionId)
    if (mine === undefined || mine.lost !== null)
      return `page ${tab.name} is connected as ${connectionId}, which the store ${mine === undefined ? 'does not have' : 'has as lost'}`
    // Where a page stands that nobody holds only the store knows, until its page says more.
    if (tab.over !== 'socket' && scene.shared.damaged.has(tab.userId)) continue
    const problem = elsewhere(page, mine)
    if (problem !== null) return `page ${tab.name}: ${problem}`
  }
  return null
}

function elsewhere({ wanted, tab }: Page, { spaces }: Connection): string | null {
  const granted = grantsOf(tab.userId)
  const want = [...wanted].filter(([space]) => granted.includes(space)).toSorted()
  const stand = spaces.map(({ space, state }) => [space, state] as const).toSorted()
  if (sameJson(want, stand)) return null
  return `it wants to stand in ${JSON.stringify(want)}, and stands in ${JSON.stringify(stand)}`
}

function miscounted(scene: Scene): string | null {
  for (const node of scene.nodes.values()) {
    if (!isWorking(node, scene.world.now)) continue
    const { nodeId } = node.storeClient
    // What it lost it may have lost under a name that has died since.
    const named = [...heldConnections(scene)].filter(
      ({ connection }) => connection.nodeId === nodeId || connection.lost !== null,
    )
    const least = named.filter(({ connection }) => connection.lost === null).length
    const { held } = node.presence
    if (held < least || held > named.length)
      return `node ${nodeId} holds ${held} connections, the store names ${least} of it (${named.length} with lost ones)`
  }
  return null
}
