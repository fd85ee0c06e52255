/** A promise of the store contract that does not hold. Runners that know `actual` and `expected` show the difference. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation'
  readonly actual: unknown
  readonly expected: unknown

  constructor(message: string, actual?: unknown, expected?: unknown) {
    super(message)
    this.actual = actual
    this.expected = expected
  }
}

/** Throws a {@link ContractViolation} unless both are the same JSON; the order of keys does not matter. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (isEqual(actual, expected)) return
  throw new ContractViolation(`${what}: expected ${show(expected)}, got ${show(actual)}`, actual, expected)
}

/** Throws a {@link ContractViolation} unless `condition` holds. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new ContractViolation(what)
}

/** Equal whatever the order of the items. */
export function equalSets(actual: readonly string[], expected: readonly string[], what: string): void {
  equal([...actual].sort(), [...expected].sort(), what)
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  // `Object.entries` reads own properties only, so that a key named `__proto__` is compared like any other.
  const others = new Map<string, unknown>(Object.entries(b))
  return (
    keys.length === others.size &&
    Object.entries(a).every(([key, value]) => others.has(key) && isEqual(value, others.get(key)))
  )
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
