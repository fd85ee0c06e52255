import type { Invariant } from './invariant.ts'

/** A node's store time is ahead of the store's by less, and a resume waits for its turn at most so long. */
const SLACK_MS = 15_000

/**
 * No connection has input later than something of its user that counts as input reached a server: a hello, a word of a
 * page, a request. An announce, a resume, a restore are no input. Excused: that of the opening itself, which may have
 * waited for the store.
 */
export const inputs: Invariant = {
  name: 'inputs',
  begin: ({ witness }) => ({
    accepted({ write: { userId }, before, after }) {
      if (after === null) return null
      const last = witness.lastInputOf(userId)
      for (const { id, inputAt, openedAt } of after.connections) {
        const known = before?.connections.find((other) => other.id === id)?.inputAt ?? openedAt
        if (inputAt <= Math.max(known, openedAt, last + SLACK_MS)) continue
        return `${userId}: connection ${id} has input at ${inputAt}, ${inputAt - last} ms after the last there was`
      }
      return null
    },
  }),
}
