import type { Measures } from './figures.ts'
import type { Database } from './servers.ts'

export type Side = 'ours' | 'baseline'

export interface CaseOptions {
  /** Users, or deadlines. */
  readonly n: number
  /** For a case that is both sides of its contest. */
  readonly side: Side
  readonly database: Database
  /** Of the contest's database, empty where there is none. Nobody else uses the server. */
  readonly url: string
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
  readonly database?: Database
  /** Where a stand-in takes the place of the database, which is many times slower. @default n */
  readonly standInN?: number
  /** At most so many runs: filling the database takes longer than what is measured, which is repeated in a run. */
  readonly runs?: number
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
const P3_CONNECT = [
  'p3.connect.1node',
  'p3.disconnect.1node',
  'p3.cpu',
  'p3.cpu.redis',
  'p3.commands',
  'p3.commands.executed',
  'p3.activity.commands',
  'p3.bytes',
  'p3.read500',
  'p3.read500.watched',
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
    {
      n: quick ? 500 : 20_000,
      ours: 'p3-connect',
      baseline: 'p3-connect',
      database: 'redis',
      figures: P3_CONNECT,
    },
    {
      n: quick ? 500 : 20_000,
      ours: 'p3-two-nodes',
      baseline: 'p3-two-nodes',
      database: 'redis',
      figures: ['p3.connect.2nodes', 'p3.disconnect.2nodes'],
    },
    {
      n: quick ? 100 : 1000,
      ours: 'p3-propagation',
      baseline: 'p3-propagation',
      database: 'redis',
      figures: ['p3.propagation.p50', 'p3.propagation.p99', 'p3.propagation.idle.p50'],
    },
    {
      n: quick ? 200 : 2000,
      ours: 'p3-race',
      baseline: 'p3-race',
      database: 'redis',
      figures: ['p3.race.lost', 'p3.race.doubled', 'p3.race.wrong'],
    },
    {
      n: quick ? 200 : 5000,
      ours: 'p3-ghosts',
      baseline: 'p3-ghosts',
      database: 'redis',
      figures: ['p3.ghosts', 'p3.ghosts.p50'],
    },
    {
      n: quick ? 200 : 20_000,
      ours: 'http-beats',
      baseline: 'http-beats',
      figures: ['http.core', 'http.beat', 'http.writes'],
    },
    ...onSocketIO(quick),
    ...onDatabases(quick),
    ...inTheBrowser(quick),
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

/** P4. */
function onSocketIO(quick: boolean): readonly Contest[] {
  const n = quick ? 100 : 2500
  const delays = ['propagation', 'leave', 'lost'].flatMap((name) => [`p4.${name}.p50`, `p4.${name}.p99`])
  return [
    { n, ours: 'p4-storm', baseline: 'p4-storm', figures: ['p4.storm', 'p4.bytes'] },
    {
      n,
      ours: 'p4-change',
      baseline: 'p4-change',
      figures: ['p4.change.cpu', 'p4.change.light', 'p4.change.idle', ...delays, 'p4.told'],
    },
  ]
}

/** P6 and P7, at what each database fills within a minute. */
function onDatabases(quick: boolean): readonly Contest[] {
  const both = (n: number, name: string, rest: Omit<Contest, 'n' | 'ours' | 'baseline'>): Contest => ({
    n,
    ours: name,
    baseline: name,
    ...rest,
  })
  const documents = ['postgres', 'mongo'] as const
  const many = quick ? 1000 : 100_000
  return [
    both(quick ? 2000 : 1_000_000, 'p6-due', { database: 'redis', runs: 1, figures: ['p6.due'] }),
    both(many, 'p6-scan', { database: 'postgres', runs: 1, figures: ['p6.scan.postgres'] }),
    { n: many, ours: 'p6-ghosts', baseline: null, database: 'redis', runs: 1, figures: ['p6.ghosts.redis'] },
    ...documents.flatMap((database) => {
      const standInN = quick ? 60 : 2000
      return [
        both(many, 'p6-ghosts', { database, standInN, runs: 1, figures: [`p6.ghosts.${database}`] }),
        both(many, 'p7-list', {
          database,
          standInN: quick ? 100 : 5000,
          runs: 1,
          figures: [`p7.list.${database}`, `p7.list.${database}.p50`],
        }),
        both(quick ? 20 : 200, 'p7-writes', {
          database,
          standInN: 20,
          runs: 1,
          figures: [`p7.writes.${database}`, `p7.writes.active.${database}`],
        }),
        both(quick ? 300 : 5000, 'p7-connect', {
          database,
          standInN: quick ? 60 : 500,
          figures: [`p7.connect.${database}`, `p7.disconnect.${database}`, `p7.cpu.${database}`],
        }),
      ]
    }),
  ]
}

/** P8. */
function inTheBrowser(quick: boolean): readonly Contest[] {
  const bytes = ['websocket', 'websocket.react', 'socketio.react', 'tabs', 'idle'].map((name) => `p8.bytes.${name}`)
  return [
    {
      n: quick ? 200 : 10_000,
      ours: 'p8-rows',
      baseline: 'p8-rows',
      figures: ['p8.rows', 'p8.change', 'p8.mount'],
    },
    { n: 1, ours: 'p8-bytes', baseline: 'p8-bytes', runs: 1, figures: bytes },
  ]
}
