import type { Measures } from './figures.ts'

export interface CaseOptions {
  /** Users, or deadlines. */
  readonly n: number
  /** A smoke run: everything is executed and counted, nothing measured to be believed. */
  readonly quick: boolean
}

/** A file in `cases/`: one side of a contest, run in a fresh process. Throws if the work was not done right. */
export interface Case {
  measure(options: CaseOptions): Promise<Measures>
}

/** Our side and the baseline's, run in turns. A side that measures several figures is run once for all of them. */
export interface Contest {
  readonly n: number
  readonly ours: string
  readonly baseline: string | null
  /** What our side measures. */
  readonly figures: readonly string[]
}

const P1 = [
  'p1.connect',
  'p1.activity',
  'p1.activity.first',
  'p1.activity.alone',
  'p1.read500',
  'p1.disconnect',
  'p1.bytes.memory-store',
]
const RESUMABLE = ['p1.connect.resumable', 'p1.disconnect.resumable', 'p1.bytes.resumable']

/** All comparisons, at the sizes that the bars are read at and around them; tiny ones for a smoke run. */
export function contestsOf(quick: boolean): readonly Contest[] {
  const usersOf = quick ? [500] : [10_000, 100_000, 500_000]
  const barUsers = quick ? 500 : 100_000
  const pauseUsers = quick ? 2000 : 500_000
  const deadlines = quick ? 20_000 : 1_000_000
  return [
    ...usersOf.map((n) => ({ n, ours: 'p1-rollcall', baseline: 'p1-naive', figures: P1 })),
    { n: barUsers, ours: 'p1-bytes-engine', baseline: 'p1-naive', figures: ['p1.bytes.engine'] },
    { n: barUsers, ours: 'p1-resumable', baseline: 'p1-naive', figures: RESUMABLE },
    { n: pauseUsers, ours: 'p1-pause', baseline: 'p1-pause-scan', figures: ['p1.pause', 'p1.pause.collector'] },
    { n: deadlines, ours: 'p2-rollcall', baseline: 'p2-naive', figures: ['p2.bytes', 'p2.rearm', 'p2.fire'] },
    {
      n: deadlines,
      ours: 'p2-pause',
      baseline: 'p2-pause-scan',
      figures: ['p2.pause', 'p2.grow'],
    },
  ]
}

/** The contests that measure what `names` begin: `p1`, `p1.bytes`, `p2.rearm`; all of them without a name. */
export function chosenContests(contests: readonly Contest[], names: readonly string[]): readonly Contest[] {
  for (const name of names) {
    if (contests.some(({ figures }) => figures.some((figure) => isNamed(figure, [name])))) continue
    const known = [...new Set(contests.flatMap(({ figures }) => figures))].join(', ')
    throw new Error(`no figure is named ${name}; there are ${known}`)
  }
  return contests.filter(({ figures }) => figures.some((figure) => isNamed(figure, names)))
}

export function isNamed(figure: string, names: readonly string[]): boolean {
  return names.length === 0 || names.some((name) => figure === name || figure.startsWith(`${name}.`))
}
