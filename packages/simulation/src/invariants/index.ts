import { chain } from './chain.ts'
import type { Invariant } from './invariant.ts'

/** Every invariant, in the order in which they are asked. */
export const INVARIANTS: readonly Invariant[] = [chain]
