/** Whether two values hold the same JSON. Keys in another order count as a difference. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** Freezes a JSON value through and through; returns it. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value) {
    Object.freeze(value)
    for (const part of Object.values(value)) freeze(part)
  }
  return value
}
