import type { Kind } from './first-broken.ts'

/** A small change of one source file. */
export interface Patch {
  /** From the folder of all packages. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly replace: string
}

/** The source as an author might have left it who forgot one rule. */
export interface Mutant {
  readonly rule: string
  readonly what: string
  readonly patches: readonly Patch[]
  /** What shows it, if not a run. */
  readonly seen?: Kind
}

/** Where the sources lie. */
export const engine = (name: string) => `core/src/engine/${name}.ts`
export const machine = (name: string) => `core/src/machine/${name}.ts`
export const leased = (name: string) => `core/src/session/leased/${name}.ts`
export const store = (name: string) => `core/src/store/${name}.ts`
