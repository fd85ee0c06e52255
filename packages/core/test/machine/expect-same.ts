import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/** As `expect(actual).toStrictEqual(expected)`, at a fraction of its price: properties compare a million times. */
export function expectSame(actual: unknown, expected: unknown, what = ''): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toStrictEqual(expected)
}

/** As `expect(actual).toBeGreaterThanOrEqual(floor)`. */
export function expectAtLeast(actual: number, floor: number, what = ''): void {
  if (!(actual >= floor)) expect(actual, what).toBeGreaterThanOrEqual(floor)
}
