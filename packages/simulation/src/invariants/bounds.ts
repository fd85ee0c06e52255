import type { Invariant } from './invariant.ts'

/** Timers of a node's own, and per page: sessions share one, calls under way have one each. */
const TIMERS_PER_PROCESS = 80
const LISTS = { ended: 64, claims: 16, connections: 64 } as const

/**
 * Nothing grows without end: timers of a process, marks, claims and connections in a record. Nothing is excused. (That
 * time stands still while more and more happens is noticed by whoever drives the world, under this name.)
 */
export const bounds: Invariant = {
  name: 'bounds',
  begin: ({ nodes, pages, shared }) => ({
    look() {
      for (const { process } of [...nodes.values(), ...pages.values()])
        if (process.timers > TIMERS_PER_PROCESS) return `${process.name} has ${process.timers} timers`
      return null
    },
    accepted({ after }) {
      if (after === null) return null
      for (const [list, most] of Object.entries(LISTS)) {
        const { length } = after[list as keyof typeof LISTS]
        if (length > most) return `${after.userId}: ${length} ${list}`
      }
      const longest = Math.max(0, ...after.connections.map(({ replaces }) => replaces.length))
      if (longest > 64) return `${after.userId}: a connection that replaces ${longest} others`
      return shared.standing.size > 1000 ? `${shared.standing.size} records` : null
    },
  }),
}
