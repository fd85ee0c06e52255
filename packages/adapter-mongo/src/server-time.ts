import type { Db } from 'mongodb'

/** The clock of the primary, in ms, as it goes: it falls when it is set back, or when a slower server took over. */
export async function readServerTime(db: Db): Promise<number> {
  const { localTime } = await db.command({ hello: 1 }, { readPreference: 'primary' })
  return (localTime as Date).getTime()
}

/** Nodes measure store time by answers that took up to a second, and may be ahead by as much. */
const UNSURE_MS = 1000

/**
 * Store time: the server's clock, which never falls here. After a step back it goes on from the highest time there was,
 * at the clock's pace. What this handle answered is known here, what others have is known by the renewals of nodes.
 *
 * @param renewedAt Store time of the last renewal by anybody.
 */
export function createStoreTime(
  serverTime: () => Promise<number>,
  renewedAt: () => Promise<number>,
): () => Promise<number> {
  let highest = Number.NEGATIVE_INFINITY
  let offset = 0
  return async () => {
    const asked = performance.now()
    const [time, known] = await Promise.all([serverTime(), renewedAt()])
    // Answers overtake each other by no more than they took: that is no step.
    const isSetBack = time + offset < highest - (performance.now() - asked)
    if (isSetBack) offset = highest - time
    if (time + offset < known - UNSURE_MS) offset = known - time
    highest = Math.max(highest, time + offset)
    return highest
  }
}
