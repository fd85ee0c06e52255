import { createNaiveScan } from './baselines/naive-scan.ts'
import { expectEqual, seededRandom, startBusy } from './measure.ts'

const IDLE_AFTER_MS = 300_000
const EVERY_MS = 10_000

/** The longest of some scans over `n` connections, of which a thirtieth is due each time. */
export function longestScan(n: number): number {
  const random = seededRandom(3)
  let idle = 0
  const scanner = createNaiveScan(IDLE_AFTER_MS, () => void idle++)
  for (let i = 0; i < n; i++) scanner.touch(`connection-${i}`, IDLE_AFTER_MS * random())
  let longest = 0
  for (let now = IDLE_AFTER_MS; now <= 2 * IDLE_AFTER_MS; now += EVERY_MS) {
    const busyMs = startBusy()
    scanner.scan(now)
    longest = Math.max(longest, busyMs())
  }
  expectEqual(idle, n, 'connections found idle')
  return longest
}
