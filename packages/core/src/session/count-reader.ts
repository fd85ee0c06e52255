import type { Presence } from '../engine/presence.ts'

/** Reads how many are present in a space, for many clients at once. */
export interface CountReader {
  /** As of now or later: nobody who was saved before the call is missing. */
  read(space: string): Promise<number>
}

/**
 * One read per space is under way at a time; whoever asks meanwhile shares the next. However many clients reconnect at
 * once, the store is asked no faster than it answers.
 */
export function createCountReader(presence: Pick<Presence, 'count'>): CountReader {
  const underway = new Map<string, { readonly current: Promise<number>; next: Promise<number> | null }>()

  const begin = (space: string): Promise<number> => {
    const current = presence.count({ space })
    const reading = { current, next: null }
    underway.set(space, reading)
    const done = () => {
      if (underway.get(space) === reading && reading.next === null) underway.delete(space)
    }
    current.then(done, done)
    return current
  }
  return {
    read(space) {
      const reading = underway.get(space)
      if (reading === undefined) return begin(space)
      reading.next ??= reading.current.then(
        () => begin(space),
        () => begin(space),
      )
      return reading.next
    },
  }
}
