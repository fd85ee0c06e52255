import type { Db } from 'mongodb'

/**
 * The clock of the primary, in ms. Never falls for one handle: after a step back, or when another server with a slower
 * clock took over, it goes on from the highest time it gave, at the clock's pace.
 */
export function createServerTime(db: Db): () => Promise<number> {
  let highest = Number.NEGATIVE_INFINITY
  let offset = 0
  return async () => {
    const { localTime } = await db.command({ hello: 1 }, { readPreference: 'primary' })
    const time = (localTime as Date).getTime()
    if (time + offset < highest) offset = highest - time
    highest = time + offset
    return highest
  }
}
