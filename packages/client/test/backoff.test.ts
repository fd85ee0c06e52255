import { expect, it } from 'vitest'
import { backoffMs } from '../src/connection/backoff.ts'

const SAMPLES = 10_000
const BUCKETS = 20
/** 0.1 % quantile of chi-square with 19 degrees of freedom. */
const CRITICAL = 43.82

/** Always the same numbers, so that the test is no game of chance. */
function mulberry32(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

it.each([
  [0, 500],
  [1, 1_000],
  [5, 16_000],
  [6, 30_000],
  [50, 30_000],
])('BR-58: retry %i is uniform in [0, %i ms)', (n, cap) => {
  const random = mulberry32(n + 1)
  const counts = new Array<number>(BUCKETS).fill(0)
  for (let i = 0; i < SAMPLES; i++) {
    const delay = backoffMs(n, random)
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(delay).toBeLessThan(cap)
    const bucket = Math.floor((delay / cap) * BUCKETS)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  const expected = SAMPLES / BUCKETS
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(chiSquare).toBeLessThan(CRITICAL)
})
