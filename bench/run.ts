/**
 * Benchmarks. `pnpm bench [name …] [--size N] [--json FILE] [--runs N] [--quick] [--strict]`
 *
 * Names are figures or the beginning of some: `p1`, `p1.bytes`, `p2.rearm`. `--quick` only proves that every workload
 * runs and counts right. `--strict` exits with 1 when a bar is missed.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { barText, judge } from './bars.ts'
import { type Compared, compare } from './compare.ts'
import { chosenContests, contestsOf, isNamed } from './contests.ts'
import { type Figure, readable } from './figures.ts'
import { createServers } from './servers.ts'

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    runs: { type: 'string' },
    size: { type: 'string' },
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})
const runs = Number(flags.runs ?? (flags.quick ? 1 : 3))
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is ${flags.runs}; give a number from 1`)

const HEAD = ['figure', 'n', 'ours', 'baseline', 'ratio', 'spread', 'unit', 'bar'] as const
const WIDTHS = [24, 10, 12, 12, 8, 7, 12, 0]

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 || i > 5 ? cell.padEnd(WIDTHS[i] ?? 0) : cell.padStart(WIDTHS[i] ?? 0)))
    .join(' ')
    .trimEnd()
}

function row(figure: Compared, verdict: ReturnType<typeof judge>): string {
  const { name, n, value, baseline, ratio, unit } = figure
  return line([
    name,
    n.toLocaleString('en-US'),
    readable(value),
    baseline === null ? '–' : readable(baseline),
    ratio === null ? '–' : readable(ratio),
    `${Math.round(figure.spread * 100)} %`,
    unit,
    verdict === null ? '' : `${verdict.passed ? 'pass' : 'FAIL'} ${barText(verdict.bar)}`,
  ])
}

await using servers = createServers()
// Its servers end with this process, if it ends by an exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const figures: Figure[] = []
let missed = 0
console.log(line(HEAD))
const size = flags.size === undefined ? null : Number(flags.size)
for (const contest of chosenContests(contestsOf(flags.quick), names)) {
  if (size !== null && contest.n !== size) continue
  for (const compared of await compare(contest, { runs, quick: flags.quick, servers })) {
    if (!isNamed(compared.name, names)) continue
    const verdict = flags.quick ? null : judge(compared)
    if (verdict?.passed === false) missed++
    console.log(row(compared, verdict))
    const { spread: _, ...figure } = compared
    figures.push(figure)
  }
}
for (const [database, label] of servers.labels) console.log(`${database}: ${label}`)
if (flags.json !== undefined)
  await writeFile(flags.json, figures.map((figure) => `${JSON.stringify(figure)}\n`).join(''))
if (missed > 0) console.log(`\n${missed} of the bars missed`)
if (flags.strict && missed > 0) process.exitCode = 1
