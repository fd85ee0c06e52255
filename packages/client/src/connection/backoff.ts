const BASE_MS = 500
const CAP_MS = 30_000

/** Delay before retry `n`, from 0: uniform in [0, min(30 s, 0.5 s × 2ⁿ)), so that clients dropped together come back apart. */
export function backoffMs(n: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** n)
}
