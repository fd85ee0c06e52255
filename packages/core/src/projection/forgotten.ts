import type { Clock } from '../time/clock.ts'
import type { ProjectedState } from './projected-state.ts'

/**
 * Rows that say online of users of whom there is no record. They were forgotten, or the store lost everything, which no
 * node has noticed yet: only what a later pass finds again is certain.
 */
export interface Forgotten {
  /** Runs a pass over the rows. What it does not find again is no longer suspected. */
  inPass<T extends { readonly isWhole: boolean }>(pass: () => Promise<T>): Promise<T>
  /** Whether the row stood like this in an earlier pass too, long enough ago. */
  isSo(row: ProjectedState): boolean
}

/** Longer than nodes take to notice that their store lost everything, which is a lease. */
const CERTAIN_AFTER_MS = 60_000
/** Rows remembered from one pass to the next; the others are found by later ones. */
const MAX_SUSPECTED = 10_000

interface Suspicion {
  readonly epoch: number
  readonly version: number
  readonly since: number
}

export function createForgotten(clock: Pick<Clock, 'monotonic'>): Forgotten {
  let before: ReadonlyMap<string, Suspicion> = new Map()
  let found = new Map<string, Suspicion>()
  return {
    async inPass(pass) {
      found = new Map()
      const result = await pass()
      before = result.isWhole ? found : new Map()
      return result
    },
    isSo({ userId, epoch, version }) {
      const now = clock.monotonic()
      const earlier = before.get(userId)
      const isSame = earlier !== undefined && earlier.epoch === epoch && earlier.version === version
      const suspicion = isSame ? earlier : { epoch, version, since: now }
      if (found.size < MAX_SUSPECTED) found.set(userId, suspicion)
      return now - suspicion.since >= CERTAIN_AFTER_MS
    },
  }
}
