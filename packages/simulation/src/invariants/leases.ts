import type { Connection, UserRecord } from '@rollcall/core'
import type { Sighting } from '../http/sightings.ts'
import type { Scene } from '../scene.ts'
import { CLOCK_ERROR_MS } from './clock-error.ts'
import type { Invariant } from './invariant.ts'

/** A request waits for its turn, and its node's time may be ahead, by less. */
const SLACK_MS = 15_000
/** The longest lease there is here, and the renewal by which a node hears of a clock that was set. */
const CLOCK_SET_MS = 150_000

/** As long as that of every policy here. */
const HINT_GRACE_MS = 10_000

/**
 * A connection over HTTP lives from beat to beat, at whatever nodes they came in. It has no lease that outlasts what servers
 * heard; it does not end for want of a beat sooner than its lease after the last acknowledged one, nor sooner than two
 * thirds of it if the node that acknowledged died: beats that are close together are stored together. Once it is over, or
 * said that it goes, nothing brings it back; and one page never has two.
 *
 * Excused: a user whose record the store lost or took back; the time after the store's clock was set.
 */
export const leases: Invariant = {
  name: 'leases',
  begin(scene) {
    const { shared, sightings } = scene
    /** Every connection over HTTP there ever was. */
    const known = new Set<string>()
    return {
      accepted({ write: { userId }, before, after }) {
        if (after === null) return null
        const wasDamaged = shared.damaged.has(userId)
        const leased = after.connections.filter(isOfPage)
        for (const connection of leased) {
          const { id, lease } = connection
          const old = before?.connections.find((other) => other.id === id)
          const isBack = old === undefined ? known.has(id) : old.lost !== null && connection.lost === null
          known.add(id)
          if (isBack && !wasDamaged) return `${userId}: connection ${id} is back, which was ${old ? 'lost' : 'over'}`
          const most = sightings.connections.get(id)?.livesUntil ?? connection.openedAt + CLOCK_SET_MS
          if (lease.until > most + SLACK_MS && !wasClockSet(scene))
            return `${userId}: connection ${id} lives until ${lease.until}, ${lease.until - most} ms longer than what was heard of it`
          const twin = leased.find((other) => other.id > id && isOfSamePage(connection, other))
          if (twin !== undefined) return `${userId}: connections ${id} and ${twin.id} are of one page`
        }
        if (before === null || before.epoch !== after.epoch || wasDamaged) return null
        for (const connection of before.connections) {
          if (!isOfPage(connection) || connection.lost !== null || !isGone(connection, after)) continue
          const sighting = sightings.connections.get(connection.id)
          // Who took the beat may be behind, and who ends the lease ahead.
          const early = sighting === undefined ? 0 : earliestEnd(scene, sighting) - shared.now() - 2 * CLOCK_ERROR_MS
          if (early > 0 && !wasClockSet(scene))
            return `${userId}: connection ${connection.id} ends ${Math.round(early)} ms before its lease does`
        }
        return null
      },
    }
  },
}

type OfPage = Connection & { readonly lease: NonNullable<Connection['lease']> }

/** Of a page over HTTP, rather than held or of a session's requests. */
export function isOfPage(connection: Connection): connection is OfPage {
  return connection.lease !== null && connection.resume !== null
}

function isOfSamePage(one: Connection, other: Connection): boolean {
  return (
    one.lost === null &&
    other.lost === null &&
    one.sessionId === other.sessionId &&
    one.resume?.instance === other.resume?.instance
  )
}

/** Neither resumed nor ended on purpose. */
function isGone({ id, openedAt, sessionId }: Connection, { connections, ended, signedOutAt }: UserRecord): boolean {
  return (
    !connections.some((other) => other.id === id || other.replaces.includes(id)) &&
    openedAt > signedOutAt &&
    !ended.some((mark) => mark.id === (mark.kind === 'connection' ? id : sessionId))
  )
}

/** When it may end at the earliest, by the last beat that was acknowledged, and by what the page said of its going. */
function earliestEnd(scene: Scene, { beat: { at, leaseMs, server }, hintedAt }: Sighting): number {
  const node = scene.nodes.get(server.name)
  // It may be stored long after it was said.
  if (hintedAt !== null) return scene.shared.now() - (scene.world.now - hintedAt) + HINT_GRACE_MS
  const holdsIt =
    !server.dead && node?.process === server && !node.draining && isUndisturbed(scene, server.stalledUntil, at)
  // What a beat that was stored before it declared may have been less.
  return at + (holdsIt ? leaseMs : (2 / 3) * (node?.presence.policy.leaseMs ?? leaseMs))
}

/** Nothing kept the node from storing the beat since. */
function isUndisturbed({ world, shared, disturbedAt }: Scene, stalledUntil: number, at: number): boolean {
  const since = world.now - (shared.now() - at)
  return Math.max(disturbedAt(), stalledUntil) < since
}

function wasClockSet({ script, world }: Scene): boolean {
  return script.actions.some(
    (action) =>
      action.do === 'set-store-clock' &&
      action.at <= world.now &&
      world.now - action.at < CLOCK_SET_MS + Math.max(0, -action.ms),
  )
}
