import type { Scene } from '../scene.ts'
import type { Invariant } from './invariant.ts'
import { isOfPage } from './leases.ts'

/**
 * A page over HTTP that says it goes is lost from then on, and so offline after its grace rather than its lease; what says
 * so speaks for that page alone, and a leave token does so once.
 *
 * Excused: a user whose record the store lost or took back.
 */
export const lastWords: Invariant = {
  name: 'last words',
  begin(scene) {
    const { shared, sightings } = scene
    return {
      accepted({ write: { userId }, before, after }) {
        if (shared.damaged.has(userId)) return null
        for (const connection of after?.connections ?? []) {
          const { id, lost } = connection
          if (!isOfPage(connection) || lost?.cause !== 'hint') continue
          const wasLost = before?.connections.some((other) => other.id === id && other.lost !== null)
          if (wasLost !== true && sightings.connections.get(id)?.hintedAt == null)
            return `${userId}: connection ${id} is lost by a hint that nobody gave`
        }
        return null
      },
      look: () => unheeded(scene),
    }
  },
}

function unheeded({ shared, sightings }: Scene): string | null {
  for (const { connectionId, userId, hintDoneAt, redeemed } of sightings.connections.values()) {
    if (shared.damaged.has(userId)) continue
    if (redeemed > 1) return `${userId}: the leave token of connection ${connectionId} was taken ${redeemed} times`
    if (hintDoneAt === null) continue
    const standing = shared.standing.get(userId)?.record.connections.find(({ id }) => id === connectionId)
    if (standing !== undefined && standing.lost === null)
      return `${userId}: connection ${connectionId} stands, though its page said that it goes`
  }
  return null
}
