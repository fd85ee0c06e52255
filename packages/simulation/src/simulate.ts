import { INVARIANTS } from './invariants/index.ts'
import { logTo } from './log.ts'
import { type RunResult, runScene } from './run-scene.ts'
import { createScene } from './scene.ts'
import type { Script } from './script.ts'

/**
 * Runs a script to its end, or to the first broken invariant.
 *
 * @param options.without Names of invariants that are not looked at, to see what they hide.
 * @param options.print Tells what happens.
 */
export async function simulate(
  script: Script,
  { without = [], print }: { readonly without?: readonly string[]; readonly print?: (line: string) => void } = {},
): Promise<RunResult> {
  const invariants = INVARIANTS.filter(({ name }) => !without.includes(name))
  if (print !== undefined) invariants.unshift(logTo(print))
  return runScene(createScene(script), invariants)
}
