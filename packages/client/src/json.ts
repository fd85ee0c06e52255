/** Whether two values hold the same JSON, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key as never], b[key as never]))
  )
}

/** Freezes a JSON value through and through; returns it. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
