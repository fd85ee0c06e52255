import type { Presence } from '../engine/presence.ts'
import type { Counts } from '../protocol/messages.ts'

/** Reads counts of spaces for many clients at once. */
export interface CountReader {
  /** Counts as of now or later: nothing that was saved before the call is missing. */
  read(space: string): Promise<Counts>
}

/**
 * One read per space is under way at a time; whoever asks meanwhile shares the next. However many clients reconnect at
 * once, the store is asked no faster than it answers.
 */
export function createCountReader(presence: Pick<Presence, 'counts'>): CountReader {
  const underway = new Map<string, { readonly current: Promise<Counts>; next: Promise<Counts> | null }>()

  const begin = (space: string): Promise<Counts> => {
    const current = presence.counts(space)
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
