import type { Random } from '../random.ts'
import type { Action, Deed } from '../script.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
/** By then nodes and first pages have come up. */
export const SETTLED_AT = 5 * SECOND
export const SPACES = ['red', 'blue'] as const

/** A script in the making. */
export interface Draft {
  readonly random: Random
  readonly nodes: readonly string[]
  readonly users: readonly string[]
  /** Users nobody knows of at first. */
  readonly newcomers: string[]
  readonly pages: { readonly name: string; readonly user: string }[]
  readonly from: number
  readonly until: number
  readonly actions: Action[]
}

/** Adds a deed at a moment of the lively part, or at `at`. */
export function add({ random, from, until, actions }: Draft, deed: Deed, at = random.whole(from, until)): number {
  actions.push({ at, ...deed })
  return at
}
