import type { Figure } from './figures.ts'

/**
 * What a figure must reach. `of: 'ratio'` compares with the baseline of the same run, which noise cannot move; `'beyond'` is
 * what is added to it.
 */
export interface Bar {
  readonly name: string
  /** The size it is read at. */
  readonly n: number
  readonly of: 'value' | 'ratio' | 'beyond'
  readonly must: 'be at least' | 'be at most'
  readonly limit: number
}

const least = (name: string, n: number, limit: number): Bar => ({ name, n, of: 'ratio', must: 'be at least', limit })
const mostOf = (name: string, n: number, limit: number): Bar => ({ name, n, of: 'ratio', must: 'be at most', limit })
const most = (name: string, n: number, limit: number): Bar => ({ name, n, of: 'value', must: 'be at most', limit })
const mostBeyond = (name: string, n: number, limit: number): Bar => ({ ...most(name, n, limit), of: 'beyond' })

const BARS: readonly Bar[] = [
  least('p1.activity', 100_000, 45),
  least('p1.connect', 100_000, 1.5),
  least('p1.disconnect', 100_000, 1.5),
  most('p1.bytes.engine', 100_000, 200),
  most('p1.bytes.memory-store', 100_000, 295),
  mostOf('p1.read500', 100_000, 0.5),
  most('p1.pause', 500_000, 1),
  least('p2.rearm', 1_000_000, 45),
  most('p2.bytes', 1_000_000, 24),
  most('p2.pause', 1_000_000, 1),
  least('p3.connect.1node', 20_000, 4.5),
  least('p3.connect.2nodes', 20_000, 3),
  mostOf('p3.cpu', 20_000, 0.29),
  most('p3.commands', 20_000, 2.5),
  most('p3.activity.commands', 20_000, 0),
  mostOf('p3.read500', 20_000, 0.4),
  mostOf('p3.read500.watched', 20_000, 0.1),
  most('p3.bytes', 20_000, 400),
  mostOf('p3.propagation.p50', 1000, 0.75),
  mostOf('p3.propagation.p99', 1000, 0.5),
  most('p3.race.lost', 2000, 0),
  most('p3.race.doubled', 2000, 0),
  most('p3.race.wrong', 2000, 0),
  most('p3.ghosts', 5000, 100),
  mostBeyond('http.core', 20_000, 10),
  most('http.writes', 20_000, 1),
  mostOf('p4.storm', 2500, 1.25),
  mostBeyond('p4.bytes', 2500, 1024),
  mostOf('p4.change.cpu', 2500, 0.15),
  mostOf('p4.change.idle', 2500, 1.5),
  mostOf('p6.due', 1_000_000, 1.3),
  most('p6.ghosts.redis', 100_000, 5),
  most('p6.ghosts.mongo', 100_000, 15),
  most('p6.ghosts.postgres', 100_000, 15),
  ...['mongo', 'postgres'].flatMap((database) => [
    most(`p7.list.${database}`, 100_000, 10),
    least(`p7.connect.${database}`, 5000, 3),
    ...[20, 200].map((n) => most(`p7.writes.${database}`, n, 1)),
  ]),
  most('p8.rows', 10_000, 1),
  most('p8.bytes.websocket', 1, 6000),
  most('p8.bytes.websocket.react', 1, 8000),
  most('p8.bytes.socketio.react', 1, 7000),
]

/** The bar of a figure at its size, and whether it is passed; `null` where none is set. */
export function judge(figure: Figure): { readonly bar: Bar; readonly passed: boolean } | null {
  const bar = BARS.find(({ name, n }) => name === figure.name && n === figure.n)
  if (bar === undefined) return null
  const { value, ratio, baseline } = figure
  const measured = { value, ratio, beyond: baseline === null ? null : value - baseline }[bar.of]
  const passed = measured !== null && (bar.must === 'be at least' ? measured >= bar.limit : measured <= bar.limit)
  return { bar, passed }
}

export function barText({ of, must, limit }: Bar): string {
  return `${must === 'be at least' ? '≥' : '≤'} ${limit}${{ value: '', ratio: ' ×', beyond: ' beyond' }[of]}`
}
