import { viewOf } from '@rollcall/core'
import type { Invariant } from './invariant.ts'

const STAMPS = ['lastActiveAt', 'lastSeenAt', 'statusSince', 'signedOutAt', 'lastSeenToAt'] as const

/**
 * No stamp of a record ever falls while it lasts, nor one that others see. Compared with the record that was replaced, so that what
 * the store lost excuses nothing more.
 */
export const stamps: Invariant = {
  name: 'stamps',
  begin: () => ({
    accepted({ write: { userId }, before, after }) {
      if (before === null || after === null || before.epoch !== after.epoch) return null
      for (const stamp of STAMPS)
        if (after[stamp] < before[stamp]) return `${userId}: ${stamp} fell from ${before[stamp]} to ${after[stamp]}`
      const from = viewOf(before, userId, 'others')
      const to = viewOf(after, userId, 'others')
      // Others forget a user who hides as they would one who left: then there is no stamp at all.
      if (to.statusSince < from.statusSince && to.statusSince > 0)
        return `${userId}: others see statusSince fall from ${from.statusSince} to ${to.statusSince}`
      if (to.lastSeenAt !== null && from.lastSeenAt !== null && to.lastSeenAt < from.lastSeenAt)
        return `${userId}: others see lastSeenAt fall from ${from.lastSeenAt} to ${to.lastSeenAt}`
      return null
    },
  }),
}
