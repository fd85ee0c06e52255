import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { longestScan } from '../scan.ts'

/** The baseline of P2's pause: a sweeper that looks at all of them. */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  return { 'p2.pause': { value: longestScan(n), unit: 'ms' } }
}
