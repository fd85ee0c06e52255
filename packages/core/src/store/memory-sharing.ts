/** Different keys, and different values of one key, beyond which sharing begins anew. */
const MAX_KEYS = 4096
const MAX_ALIKE = 64

/**
 * Keeps one of each: hands back the value that was seen first of all that are the same. Remembers a bounded number,
 * so that values which nobody has in common cost nothing but themselves.
 */
export function createSharing<T>(keyOf: (value: T) => string, isSame: (a: T, b: T) => boolean): (value: T) => T {
  const seen = new Map<string, T[]>()
  return (value) => {
    const key = keyOf(value)
    const alike = seen.get(key)
    if (alike === undefined) {
      if (seen.size === MAX_KEYS) seen.clear()
      seen.set(key, [value])
      return value
    }
    for (let i = 0; i < alike.length; i++) {
      const known = alike[i] as T
      if (!isSame(known, value)) continue
      // Often found, soon found.
      if (i > 0) {
        alike[i] = alike[i - 1] as T
        alike[i - 1] = known
      }
      return known
    }
    if (alike.length === MAX_ALIKE) alike.length = 0
    alike.push(value)
    return value
  }
}

export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
