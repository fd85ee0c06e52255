import type { Freshness } from './presence.ts'

/** Why what this node knows may be out of date. */
export type Doubt = 'unreachable' | 'unsaved' | 'fenced' | 'feed-silent' | 'unreconciled'

/** Whether this node knows what it says, and everything that speaks against it. */
export interface FreshnessOf {
  readonly current: Freshness
  doubt(reason: Doubt, stands: boolean): void
  warming(is: boolean): void
}

/** @param onChange Called with each state that differs from the one before. */
export function createFreshness(onChange: (freshness: Freshness) => void): FreshnessOf {
  const doubts = new Set<Doubt>()
  const freshness = { current: { stale: false, warming: false } as Freshness }
  const become = (next: Freshness) => {
    const { stale, warming } = freshness.current
    if (next.stale === stale && next.warming === warming) return
    freshness.current = next
    onChange(next)
  }
  return Object.assign(freshness, {
    doubt(reason: Doubt, stands: boolean) {
      if (stands) doubts.add(reason)
      else doubts.delete(reason)
      become({ ...freshness.current, stale: doubts.size > 0 })
    },
    warming(is: boolean) {
      become({ ...freshness.current, warming: is })
    },
  })
}
