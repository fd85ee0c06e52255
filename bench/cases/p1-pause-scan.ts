import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { longestScan } from '../scan.ts'

/** The baseline of P1's pause: a sweeper that looks at both connections of all users. */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  return { 'p1.pause': { value: longestScan(2 * n), unit: 'ms' } }
}
