import type { Phase } from '@rollcall/core'
import type { Invariant } from './invariant.ts'

const QUIETNESS: readonly Phase[] = ['active', 'idle', 'dormant']

/**
 * A held connection falls idle or dormant by the word of its holder alone, who knows its last input. Excused: what its
 * page said before it was resumed elsewhere.
 */
export const holder: Invariant = {
  name: "holder's clocks",
  begin: () => ({
    accepted({ write: { userId, writer }, before, after }) {
      if (before === null || after === null) return null
      for (const { id, nodeId, phase, lease, idledAt } of after.connections) {
        const was = before.connections.find((connection) => connection.id === id)
        if (was === undefined || lease !== null || nodeId === writer || idledAt !== was.idledAt) continue
        if (QUIETNESS.indexOf(phase) > QUIETNESS.indexOf(was.phase))
          return `${userId}: node ${writer} decides that connection ${id} is ${phase}, which node ${nodeId} holds`
      }
      return null
    },
  }),
}
