import type { CaseOptions } from '../contests.ts'
import type { Measure, Measures } from '../figures.ts'
import { cpuMs, expectEqual, seededRandom } from '../measure.ts'
import { SPACE_SIZE } from '../nodes/bench-node.ts'
import type { PlannedAct } from '../nodes/socketio-pages.ts'
import { LOST_GRACE_MS } from '../nodes/socketio-server.ts'
import { storm } from '../socketio-storm.ts'

/** More than a server can tell one by one. */
const BUSY_PER_S = 5000
const ROUNDS = 4
const LIGHT_PER_S = 250
const LEAVES_PER_S = 50
const ms = (value: number): Measure => ({ value, unit: 'ms' })

/** Everybody is there and one after the other, or all at once, they do something that 49 others see. */
export async function measure({ n, quick, side }: CaseOptions): Promise<Measures> {
  const { server, pages, cpuUs, close } = await storm(side === 'ours' ? 'ours' : 'rooms', { n, quick })
  const random = seededRandom(4)
  const cpuOf = async (changes: number, work: () => Promise<unknown>): Promise<Measure> => {
    const from = cpuMs()
    await work()
    return { value: ((cpuMs() - from) * 1000) / changes, unit: 'CPU µs' }
  }
  /** As independent users act: at random times. */
  const planOf = (users: readonly number[], perSecond: number): readonly PlannedAct[] =>
    users.map((user) => ({ user, atMs: (random() * users.length * 1000) / perSecond }))
  const everybody = Array.from({ length: n }, (_, user) => user)

  const allChange = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      const plan = planOf(everybody, BUSY_PER_S)
      await pages.act({ act: round % 2 === 0 ? 'busy' : 'dnd', plan })
    }
  }
  await allChange(2)
  const rounds = quick ? 2 : ROUNDS
  const busy = await cpuOf(n * rounds, () => allChange(rounds))
  let delays = { p50: 0, p99: 0, max: 0 }
  const light = await cpuOf(n, async () => {
    delays = await pages.act({ act: 'busy', plan: planOf(everybody, LIGHT_PER_S) })
  })
  const alone = Array.from({ length: quick ? 5 : 100 }, (_, i) => Math.floor(((i + random()) * n) / (quick ? 5 : 100)))
  const idle = await pages.actAlone({ act: 'dnd', users: alone })

  const firsts = everybody.filter((user) => user % SPACE_SIZE === 0)
  const half = firsts.length >> 1
  const left = await pages.act({ act: 'leave', plan: planOf(firsts.slice(0, half), LEAVES_PER_S) })
  const lost = await pages.act({ act: 'cut', plan: planOf(firsts.slice(half), LEAVES_PER_S) })
  expectEqual(await server.online(), n - firsts.length, 'users online after some went')
  await close()
  const graceMs = side === 'ours' ? LOST_GRACE_MS : 0
  return {
    'p4.told': { value: cpuUs, unit: 'CPU µs' },
    'p4.change.cpu': busy,
    'p4.change.light': light,
    'p4.change.idle': ms(idle.p50),
    'p4.propagation.p50': ms(delays.p50),
    'p4.propagation.p99': ms(delays.p99),
    'p4.leave.p50': ms(left.p50),
    'p4.leave.p99': ms(left.p99),
    'p4.lost.p50': ms(lost.p50 - graceMs),
    'p4.lost.p99': ms(lost.p99 - graceMs),
  }
}
