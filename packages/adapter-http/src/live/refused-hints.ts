import type { Clock } from '@rollcall/core'
import { tooMany } from '../problem.ts'
import { createWriteLimit } from '../write-limit.ts'

/** Whoever shows a leave token is nobody yet: all bad ones of a node share one bucket. */
const REFUSED = { burst: 100, perSecond: 20 }
const EVERYBODY = ''

/** Hints by tokens that were none cost a look into the store each; there are only so many. */
export interface RefusedHints {
  /** Throws a problem: 429 when there were too many of late. */
  demandFew(): void
  /** There was one more. */
  count(): void
}

export function createRefusedHints(clock: Clock): RefusedHints {
  const limit = createWriteLimit(REFUSED, clock)
  return {
    demandFew() {
      const waitMs = limit.waitMs(EVERYBODY)
      if (waitMs > 0) throw tooMany(waitMs)
    },
    count() {
      limit.take(EVERYBODY)
    },
  }
}

/** Whether a text has the form of a leave token. */
export function looksLikeLeaveToken(text: string): boolean {
  return /^[^,]+,[^,]+,[^,]+$/.test(text)
}
