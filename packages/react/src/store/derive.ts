import type { Readable } from '@rollcall/client'

/** Reads a readable inside a selector, and makes the selector run again when it changes. */
export type Read = <T>(readable: Readable<T>) => T

/**
 * The result of `select` as a readable: it follows exactly what the last run read, runs again only when one of those
 * changed, and keeps its value, first of all `last`, while `isEqual` says so.
 */
export function derive<T>(
  select: (read: Read) => T,
  isEqual: (a: T, b: T) => boolean,
  last?: { readonly value: T } | null,
): Readable<T> {
  let value = last
  let seen: Map<Readable<unknown>, unknown> | undefined
  const get = () => {
    if (value && seen && [...seen].every(([readable, before]) => Object.is(readable.get(), before))) return value.value
    const found = new Map<Readable<unknown>, unknown>()
    const next = select((readable) => {
      const now = readable.get()
      found.set(readable, now)
      return now
    })
    seen = found
    if (!value || !isEqual(value.value, next)) value = { value: next }
    return value.value
  }
  return {
    get,
    subscribe(listener) {
      let stops: (() => void)[] = []
      const follow = () => {
        get()
        const before = stops
        // The new before the old: a readable that is still read is never without a listener.
        stops = [...(seen?.keys() ?? [])].map((readable) => readable.subscribe(changed))
        for (const stop of before) stop()
      }
      const changed = () => {
        listener()
        follow()
      }
      follow()
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
