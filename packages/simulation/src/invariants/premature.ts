import type { Connection, Policy, UserRecord } from '@rollcall/core'
import { AUDIT_MS } from '../keepers.ts'
import type { Link } from '../network.ts'
import type { Page } from '../page.ts'
import type { Scene } from '../scene.ts'
import { isReached, nodeOf } from './audiences.ts'
import { CLOCK_ERROR_MS } from './clock-error.ts'
import { isUnsavable } from './deadlines.ts'
import type { Invariant } from './invariant.ts'

/** A round of reconciliation. */
const ANNOUNCE_MS = 30_000

/**
 * Nobody turns offline who has an acknowledged open socket at a living node: page and server run and hear each other,
 * and the node's lease was not killed. A lost connection gets its whole grace, and does not go before that has passed by
 * the store's clock.
 *
 * Excused: a connection of a node that was killed and within the last round of reconciliation still met faults; one that
 * went dormant; one that was ended on purpose; a user who is forgotten; and for an audit's time a user whose record the
 * store lost or took back.
 */
export const premature: Invariant = {
  name: 'premature offline',
  begin(scene) {
    const { world, shared } = scene
    return {
      accepted({ write: { userId, writer }, before, after }) {
        // A forget erases whoever is there.
        if (before === null || after === null || before.epoch !== after.epoch) return null
        const policy = nodeOf(scene, writer)?.presence.policy
        const short = after.connections.find(({ lost }) => policy !== undefined && isShortened(lost, policy))
        const isNew =
          short !== undefined && !before.connections.some(({ id, lost }) => id === short.id && lost !== null)
        if (isNew) return `${userId}: lost connection ${short.id} (${short.lost?.cause}) does not get its whole grace`
        const early = before.connections.find((connection) =>
          isGoneEarly(connection, after, shared.now() + setBack(scene)),
        )
        if (early !== undefined)
          return `${userId}: lost connection ${early.id} is gone ${(early.lost?.until ?? 0) - shared.now()} ms before its grace ends`
        if (before.status === 'offline' || after.status !== 'offline') return null
        if (world.now - (shared.damaged.get(userId) ?? Number.NEGATIVE_INFINITY) < AUDIT_MS) return null
        for (const page of scene.pages.values()) {
          const { tab, link } = page
          if (tab.userId !== userId || link === null || !isReached(scene, page)) continue
          if (isGivenUp(scene, link, before)) continue
          if (isHeldAlive(scene, link) && !isExplained(scene, page, before, after))
            return `${userId} turns offline (${after.cause?.cause}) while page ${tab.name} is connected as ${link.connectionId}`
        }
        return null
      },
    }
  },
}

/** A loss has the grace of its cause; a node that is told of one from elsewhere may have another policy. */
function isShortened(lost: Connection['lost'], policy: Policy): boolean {
  if (lost === null) return false
  const { hintGraceMs, drainGraceMs, graceMs } = policy
  const grace = lost.cause === 'hint' ? hintGraceMs : lost.cause === 'drain' ? drainGraceMs : graceMs
  return lost.until - lost.at < grace
}

/** A store's clock that was set back stands still meanwhile, by what it says; the grace passed by everybody else's. */
function setBack({ script, world }: Scene): number {
  let back = 0
  for (const action of script.actions) {
    if (action.do !== 'set-store-clock' || action.at > world.now || action.ms > 0) continue
    if (world.now - action.at < AUDIT_MS) back -= action.ms
  }
  return back
}

function isGoneEarly(connection: Connection, after: UserRecord, now: number): boolean {
  const { id, lost } = connection
  if (lost === null || now + CLOCK_ERROR_MS >= lost.until) return false
  return (
    !after.connections.some((other) => other.id === id || other.replaces.includes(id)) && !isEnded(after, connection)
  )
}

/** On purpose: by itself, with its session, or with all that were opened until then. */
function isEnded(
  { ended, signedOutAt }: UserRecord,
  { id, sessionId, openedAt }: Pick<Connection, 'id' | 'sessionId' | 'openedAt'>,
): boolean {
  if (openedAt <= signedOutAt) return true
  return ended.some((mark) =>
    mark.kind === 'connection' ? mark.id === id : mark.id === sessionId && openedAt <= mark.at,
  )
}

function isHeldAlive({ nodesById, shared }: Scene, { server }: Link): boolean {
  for (const node of nodesById.values()) {
    if (node.process !== server.process) continue
    const { nodeId } = node.storeClient
    return nodeId !== null && !shared.killed.has(nodeId) && !node.draining
  }
  return false
}

/** The name it was held under is dead, and until a moment ago its holder could not say that it goes on under another. */
function isGivenUp(scene: Scene, { connectionId }: Link, before: UserRecord): boolean {
  const { shared, world, disturbedAt } = scene
  const nodeId = before.connections.find(({ id }) => id === connectionId)?.nodeId ?? null
  if (nodeId !== null && !shared.killed.has(nodeId)) return false
  return isUnsavable(scene, before.userId) || world.now - disturbedAt() < ANNOUNCE_MS
}

function isExplained({ shared, world }: Scene, { link, tab }: Page, before: UserRecord, after: UserRecord): boolean {
  const { connectionId = null, openedAt = 0 } = link ?? {}
  if (connectionId === null) return true
  const connection = after.connections.find(
    ({ id, replaces }) => id === connectionId || replaces.includes(connectionId),
  )
  if (connection === undefined) {
    const stood = before.connections.find(({ id, replaces }) => id === connectionId || replaces.includes(connectionId))
    // One that nobody stored was opened when its link was, by the store's clock.
    const opened = { id: connectionId, sessionId: tab.sessionId, openedAt: openedAt + shared.now() - world.now }
    return isEnded(after, stood ?? opened)
  }
  const { lost, phase } = connection
  // Whether it is lost besides or not: a dormant one kept nobody there.
  return phase === 'dormant' || lost?.cause === 'lost' || lost?.cause === 'hint'
}
