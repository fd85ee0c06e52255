import { availableParallelism } from 'node:os'
import { THROWS_NOTHING } from '../invariants/throws-nothing.ts'
import { copyMutant, copySource } from './apply.ts'
import { type Broken, createSeedRunner, type Kind, type SeedRunner } from './first-broken.ts'
import { MUTANTS } from './mutants.ts'

export interface MutantsOptions {
  /** Only mutants of rules with this in their name. */
  readonly only: string | null
  readonly seeds: number
  print(line: string): void
}

/** Seed 0 is a quiet month, which shows few rules and takes as long as a hundred others. */
const FIRST_SEED = 1

/**
 * Takes out one rule after another and looks for the first seed that shows it. A seed that breaks something in the
 * source as it is proves nothing, nor does a mutant that fails in its own code. Resolves to whether every mutant was found.
 */
export async function runMutants({ only, seeds, print }: MutantsOptions): Promise<boolean> {
  const mutants = MUTANTS.filter(({ rule }) => only === null || rule.includes(only))
  if (mutants.length === 0) throw new Error(`no rule is called ${only}: ${MUTANTS.map(({ rule }) => rule).join(', ')}`)
  const workers = availableParallelism()
  // The source may change meanwhile: mutants and control are of one state of it.
  const source = await copySource()
  const control = createSeedRunner(source, 1)
  let found = 0
  try {
    print(row('rule', 'what was taken out', 'seed', 'invariant', 's'))
    for (const mutant of mutants) {
      const started = performance.now()
      const copy = await copyMutant(source, mutant)
      const runner = createSeedRunner(copy, workers)
      let broken: Broken | null
      try {
        broken = await firstOwn(runner, control, mutant.seen ?? 'run', seeds)
      } finally {
        await runner.close()
        await copy.remove()
      }
      // A patch that breaks the code shows no rule, whichever invariant would have come after.
      const throws = broken?.invariant === THROWS_NOTHING
      if (broken !== null && !throws) found++
      if (throws) print(`  seed ${broken?.seed}: ${broken?.message.split('\n', 2).join(' ')}`)
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      print(
        row(
          mutant.rule,
          mutant.what,
          throws ? 'throws' : (broken?.seed ?? 'not found'),
          broken?.invariant ?? '',
          seconds,
        ),
      )
    }
  } finally {
    await control.close()
    await source.remove()
  }
  print(`${found} of ${mutants.length} found`)
  return found === mutants.length
}

/** The first seed that breaks something in the mutant alone. */
async function firstOwn(mutant: SeedRunner, control: SeedRunner, kind: Kind, seeds: number): Promise<Broken | null> {
  const end = FIRST_SEED + seeds
  for (let from = FIRST_SEED; from < end; ) {
    const broken = await mutant.firstBroken(kind, from, end - from)
    if (broken === null) return null
    if ((await control.firstBroken(kind, broken.seed, 1)) === null) return broken
    from = broken.seed + 1
  }
  return null
}

function row(rule: string, what: string, seed: string | number, invariant: string, seconds: string): string {
  return `| ${rule.padEnd(30)} | ${what.padEnd(86)} | ${String(seed).padStart(9)} | ${invariant.padEnd(26)} | ${seconds.padStart(4)} |`
}
