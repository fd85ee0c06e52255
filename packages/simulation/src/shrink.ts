import type { Failure } from './run-scene.ts'
import type { Action, Script } from './script.ts'
import { simulate } from './simulate.ts'

export interface Shrunk {
  readonly script: Script
  readonly failure: Failure
  /** Runs it took. */
  readonly runs: number
}

export interface ShrinkOptions {
  run?(script: Script): Promise<{ readonly failure: Failure | null }>
  onProgress?(line: string): void
}

const MOST_RUNS = 600

/**
 * Makes a script shorter for as long as the same invariant breaks: takes actions away (large pieces first), then takes
 * what is left closer together. The first thing that breaks must be the same invariant; its message may differ.
 */
export async function shrink(
  script: Script,
  failure: Failure,
  { run = simulate, onProgress = () => {} }: ShrinkOptions = {},
): Promise<Shrunk> {
  let best: Script = script
  let broken = failure
  let runs = 0
  /** Whether it still breaks; then it is the best so far. */
  const accepts = async (candidate: Script): Promise<boolean> => {
    if (runs >= MOST_RUNS) return false
    runs++
    onProgress(`shrinking: ${best.actions.length} actions, ${runs} runs`)
    const { failure: found } = await run(candidate)
    if (found?.invariant !== failure.invariant) return false
    best = candidate
    broken = found
    return true
  }
  const withActions = (actions: readonly Action[]): Script => ({ ...best, actions })

  await accepts(withActions(best.actions.filter(({ at }) => at <= failure.at)))
  for (let size = Math.ceil(best.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let i = 0; i < best.actions.length; ) {
      const rest = [...best.actions.slice(0, i), ...best.actions.slice(i + size)]
      if (!(await accepts(withActions(rest)))) i += size
    }
  }
  // What comes after an action follows it sooner.
  for (const keep of [0.1, 0.5]) {
    for (let i = best.actions.length - 1; i >= 0; i--) {
      const from = i === 0 ? 0 : (best.actions[i - 1] as Action).at
      const cut = Math.floor(((best.actions[i] as Action).at - from) * (1 - keep))
      if (cut < 100) continue
      const actions = best.actions.map((action, j) => (j < i ? action : { ...action, at: action.at - cut }))
      await accepts({ ...best, actions, healsAt: best.healsAt - cut, endsAt: best.endsAt - cut })
    }
  }
  for (let i = 0; i < best.actions.length; i++) {
    const action = best.actions[i] as Action
    if (!('ms' in action) || Math.abs(action.ms) < 2000) continue
    const shorter = { ...action, ms: Math.round(action.ms / 2) } as Action
    if (await accepts(withActions(best.actions.map((other, j) => (j === i ? shorter : other))))) i--
  }
  return { script: best, failure: broken, runs }
}
