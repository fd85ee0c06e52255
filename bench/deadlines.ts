import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaseOptions } from './contests.ts'
import type { Measures } from './figures.ts'
import { cpuMs, expectEqual, keptBytes, perCpuSecond, repeat, seededRandom, shuffled } from './measure.ts'

/** What P2 measures: deadlines by small integer ids. */
export interface Deadlines {
  /** Arms the deadlines of `ids`, or moves them to `afterMs` from now. */
  moveAll(ids: Uint32Array): void
  clear(): void
}

export type MakeDeadlines = (count: number, afterMs: number, onDue: (id: number) => void) => Deadlines

/** Activities that arrive between two looks at the event loop, on a busy server. */
const PER_TURN = 1000
const IDLE_AFTER_MS = 300_000

async function moveAll(deadlines: Deadlines, order: Uint32Array): Promise<void> {
  for (let from = 0; from < order.length; from += PER_TURN) {
    deadlines.moveAll(order.subarray(from, from + PER_TURN))
    await nextTurn()
  }
}

/** Arms all with a short time to live and waits until each was called, in whatever turns the platform chooses. */
async function fireAll(make: MakeDeadlines, order: Uint32Array, afterMs: number): Promise<number> {
  let fired = 0
  let sum = 0
  let resolve = () => {}
  const done = new Promise<void>((resolved) => {
    resolve = resolved
  })
  const n = order.length
  const deadlines = make(n, afterMs, (id) => {
    sum += id
    if (++fired === n) resolve()
  })
  await moveAll(deadlines, order)
  const before = fired
  const from = cpuMs()
  // Timers of the system clock keep no process alive.
  const alive = setInterval(() => {}, 1000)
  await done
  clearInterval(alive)
  const ms = cpuMs() - from
  expectEqual(before, 0, 'deadlines that fired while they were armed')
  expectEqual(sum, (n * (n - 1)) / 2, 'sum of the ids that fired')
  return ms
}

export async function measureDeadlines({ n, quick }: CaseOptions, make: MakeDeadlines): Promise<Measures> {
  const order = shuffled(n, seededRandom(1))
  const warmUp = make(n, IDLE_AFTER_MS, () => {})
  await moveAll(warmUp, order.subarray(0, 20_000))
  await moveAll(warmUp, order.subarray(0, 20_000))
  warmUp.clear()

  const before = await keptBytes()
  const deadlines = make(n, IDLE_AFTER_MS, () => {})
  const arming = performance.now()
  await moveAll(deadlines, order)
  const armingMs = performance.now() - arming
  const bytes = (await keptBytes()) - before
  const moves = await repeat(quick ? 1 : 300, () => moveAll(deadlines, order))
  deadlines.clear()

  // Time enough to arm all of them before the first is due, on a busy machine too.
  const fireMs = await fireAll(make, order, 1000 + 5 * armingMs)
  return {
    'p2.bytes': { value: bytes / n, unit: 'B/deadline' },
    'p2.rearm': perCpuSecond(moves.times * n, moves.ms),
    'p2.fire': perCpuSecond(n, fireMs),
  }
}
