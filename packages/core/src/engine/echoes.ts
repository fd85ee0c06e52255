/** Which renewals of a node's lease were heard of on the feed, which shows that the feed lives. Times are of the monotonic clock. */
export interface Echoes {
  /** A renewal until `until` was heard of, whether its answer is there yet or not. */
  hear(until: number): void
  /** A renewal stood. */
  await(until: number, sentAt: number): void
  /**
   * Whether something may have been missed by now: the echo of a renewal did not come in time. `deaf`: nor did another
   * one, and none since. What was found is not found again.
   */
  review(now: number): 'heard' | 'missing' | 'deaf'
  /** When the last renewal that was heard of was sent; negative infinity: none was. */
  provedAt(): number
}

/** Echoes missing one after the other after which nothing is heard any more. */
const DEAF_AFTER = 2

/** @param withinMs How long an echo may take: renewals may follow one another faster than a feed that is behind. */
export function createEchoes(withinMs: number): Echoes {
  /** When the renewals were sent that have no echo yet, by their `until`. */
  const awaited = new Map<number, number>()
  let heardUntil = Number.NEGATIVE_INFINITY
  let provedAt = Number.NEGATIVE_INFINITY
  let missed = 0
  let missedAt = Number.NEGATIVE_INFINITY

  const clear = () => {
    missed = 0
    missedAt = Number.NEGATIVE_INFINITY
  }
  const proved = (sentAt: number) => {
    provedAt = Math.max(provedAt, sentAt)
    clear()
  }
  return {
    hear(until) {
      heardUntil = until
      const sentAt = awaited.get(until)
      if (sentAt === undefined) return
      awaited.delete(until)
      proved(sentAt)
    },
    // Each has an echo of its own: that a later one is heard does not make up for one that was lost.
    await(until, sentAt) {
      if (heardUntil === until) proved(sentAt)
      else awaited.set(until, sentAt)
    },
    review(now) {
      let isMissing = false
      for (const [until, sentAt] of awaited) {
        if (now - sentAt < withinMs) continue
        awaited.delete(until)
        isMissing = true
        // What was sent at once was lost at once, and counts once.
        if (sentAt - missedAt < withinMs) continue
        missed++
        missedAt = sentAt
      }
      if (!isMissing) return 'heard'
      if (missed < DEAF_AFTER) return 'missing'
      clear()
      return 'deaf'
    },
    provedAt: () => provedAt,
  }
}
