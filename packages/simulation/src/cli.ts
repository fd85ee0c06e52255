/**
 * The simulation. `pnpm simulate --seeds N [--from S]`, `--seed S`, `--script FILE`
 *
 * `--mutants [--only RULE] [--seeds N]` takes out one rule after another and prints which seed finds it.
 *
 * `--seeds` runs many seeds on all cores and stops at the first that breaks an invariant; with `--keep-going` it counts
 * all that do. `--seed` and `--script` run one, print what happened, and make it as short as it can be. `--print` only
 * prints the script. `--log` tells what happens. `--without NAME,…` leaves invariants out, to see what they hide. Exits with 1 when an invariant was broken.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { generate } from './generate/generate.ts'
import { runMutants } from './mutants/run-mutants.ts'
import type { RunResult } from './run-scene.ts'
import { clockText, readable, type Script } from './script.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'
import { runSeeds } from './spread.ts'

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    script: { type: 'string' },
    log: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
  },
})

const without = flags.without.split(',').filter((name) => name !== '')

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} is ${text}; give a whole number`)
  return value
}

async function explain(script: Script, result: RunResult): Promise<void> {
  const { failure } = result
  if (failure === null) {
    console.log(`seed ${script.seed}: nothing wrong in ${result.steps} steps (${result.hash})`)
    return
  }
  process.exitCode = 1
  console.log(`seed ${script.seed} breaks "${failure.invariant}" at ${clockText(failure.at)}: ${failure.message}\n`)
  if (flags['no-shrink']) return
  const shortest = await shrink(script, failure, {
    run: (candidate) => simulate(candidate, { without }),
    onProgress: (line) => process.stderr.write(`\r${line} `),
  })
  process.stderr.write('\n')
  console.log(readable(shortest.script))
  console.log(`\n"${shortest.failure.invariant}" at ${clockText(shortest.failure.at)}: ${shortest.failure.message}`)
  console.log(`\npnpm simulate --seed ${script.seed}, or save this line and run pnpm simulate --script FILE:`)
  console.log(JSON.stringify(shortest.script))
}

async function one(script: Script): Promise<void> {
  if (flags.print) console.log(readable(script))
  else await explain(script, await simulate(script, { without, ...(flags.log ? { print: console.log } : {}) }))
}

async function many(count: number, from: number): Promise<void> {
  const keepsGoing = flags['keep-going']
  const report = await runSeeds({
    from,
    count,
    without,
    keepsGoing,
    onProgress: (line) => process.stderr.write(`\r${line} `),
  })
  process.stderr.write('\n')
  const { seeds, steps, virtualMs, tookMs, broken } = report
  const hours = (virtualMs / 3_600_000).toFixed(1)
  console.log(
    `${seeds} seeds, ${steps.toLocaleString('en-US')} steps, ${hours} virtual hours in ${(tookMs / 1000).toFixed(1)} s`,
  )
  if (broken.length === 0) return
  process.exitCode = 1
  for (const name of new Set(broken.map(({ failure }) => failure.invariant))) {
    const these = broken.filter(({ failure }) => failure.invariant === name)
    const some = these.slice(0, 12).map(({ seed }) => seed)
    console.log(
      `${String(these.length).padStart(5)}  ${name}: seeds ${some.join(', ')}${these.length > 12 ? ', …' : ''}`,
    )
  }
  if (keepsGoing) return
  const [first] = broken
  if (first !== undefined) await one(generate(first.seed))
}

async function mutants(): Promise<void> {
  const seeds = wholeNumber('seeds', flags.seeds ?? '2000')
  if (!(await runMutants({ only: flags.only ?? null, seeds, print: console.log }))) process.exitCode = 1
}

if (flags.mutants) await mutants()
else if (flags.script !== undefined) await one(JSON.parse(await readFile(flags.script, 'utf8')) as Script)
else if (flags.seed !== undefined) await one(generate(wholeNumber('seed', flags.seed)))
else await many(wholeNumber('seeds', flags.seeds ?? '1000'), wholeNumber('from', flags.from ?? '1'))
