import type { UserRecord } from '@rollcall/core'
import type { Script } from '../script.ts'
import type { Invariant } from './invariant.ts'

/** As long as every policy here remembers a deliberate end. */
const ENDED_FOR_MS = 600_000
/** As long as the longest renewal period of any policy here. */
const RENEW_MS = 10_000

/**
 * After an acknowledged sign-out or kick, no connection that stood before it was asked for is in the record again: not
 * by an announce, a resume, a late open or a repeated call. Looks at each write, and at the end.
 *
 * Excused: a user whose record the store lost or took back afterwards, with the memory of the end; an end that a node
 * stamped before it measured its time anew after a sleep.
 */
export const staysEnded: Invariant = {
  name: 'stays ended',
  begin({ shared, witness, world, script }) {
    const wrong = (userId: string, record: UserRecord): string | null => {
      for (const { userId: of, ackedAt, connectionIds, what } of witness.ends) {
        if (of !== userId || ackedAt === null || world.now > ackedAt + ENDED_FOR_MS) continue
        if (wasAsleep(script, ackedAt)) continue
        const back = record.connections.find(({ id }) => connectionIds.includes(id))
        if (back !== undefined)
          return `${userId}: connection ${back.id} is there, though a ${what} was acknowledged at ${ackedAt}`
      }
      return null
    }
    return {
      accepted: ({ write: { userId }, after }) => (after === null ? null : wrong(userId, after)),
      end() {
        for (const [userId, { record }] of shared.standing) {
          const problem = wrong(userId, record)
          if (problem !== null) return problem
        }
        return null
      },
    }
  },
}

/** A node whose monotonic clock stood still a moment ago is behind by as much, until it has measured again. */
function wasAsleep({ actions }: Script, at: number): boolean {
  return actions.some(
    (action) =>
      action.do === 'stall' && action.monotonic === 'stands' && action.at < at && at - action.at < action.ms + RENEW_MS,
  )
}
