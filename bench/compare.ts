import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CaseOptions, Contest } from './contests.ts'
import { type Figure, type Measures, median, spread } from './figures.ts'
import type { Servers } from './servers.ts'

/** A figure, and how far its runs lie apart. */
export interface Compared extends Figure {
  readonly spread: number
}

const NO_SERVER = { url: '', isStandIn: false }
const child = fileURLToPath(new URL('child.ts', import.meta.url))

/** One side in a fresh process. */
async function runCase(name: string, options: CaseOptions): Promise<Measures> {
  const running = spawn(process.execPath, ['--expose-gc', child, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    running.once('error', reject)
    running.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${name} with ${options.n} failed with code ${code}`)
  return JSON.parse(output) as Measures
}

/** Runs both sides in turns, so that whatever else the machine does hits both, and takes medians. */
export async function compare(
  contest: Contest,
  { runs, quick, servers }: { runs: number; quick: boolean; servers: Servers },
): Promise<readonly Compared[]> {
  const { ours, baseline, database = 'redis' } = contest
  const { url, isStandIn } = contest.database === undefined ? NO_SERVER : await servers.of(database)
  const n = isStandIn ? (contest.standInN ?? contest.n) : contest.n
  const our: Measures[] = []
  const their: Measures[] = []
  for (let run = 0; run < Math.min(runs, contest.runs ?? runs); run++) {
    our.push(await runCase(ours, { n, quick, database, url, side: 'ours' }))
    if (baseline !== null) their.push(await runCase(baseline, { n, quick, database, url, side: 'baseline' }))
  }
  return contest.figures.map((name): Compared => {
    const values = our.map((measures) => valueIn(measures, name))
    const unit = our[0]?.[name]?.unit ?? ''
    const beside = their.filter((measures) => baselineName(measures, name) !== null)
    const value = median(values)
    const base =
      beside.length === 0
        ? null
        : median(beside.map((measures) => valueIn(measures, baselineName(measures, name) ?? '')))
    return {
      name,
      value,
      unit,
      baseline: base,
      ratio: base === null || base === 0 ? null : value / base,
      n,
      spread: spread(values),
    }
  })
}

function valueIn(measures: Measures, name: string): number {
  const measure = measures[name]
  if (measure === undefined) throw new Error(`${name} was not measured`)
  return measure.value
}

/** The baseline's figure of the same name, or of its family: `p1.bytes` stands beside `p1.bytes.engine`. */
function baselineName(measures: Measures, name: string): string | null {
  if (name in measures) return name
  const family = name.slice(0, name.lastIndexOf('.'))
  return family in measures ? family : null
}
