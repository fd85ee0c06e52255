import { createScheduler } from '@rollcall/core/testing'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual, seededRandom, shuffled, startBusy } from '../measure.ts'
import { createSteppedClock, longestSlice } from '../stepped-clock.ts'

const PASSES = 3
const IDLE_AFTER_MS = 60_000
const STEP_MS = 250
/** Deadlines armed between two looks at the time: too few to be noticed. */
const GROUP = 64

/** Deadlines spread over a minute while activities move some of them; then all of them due at once, as after a suspend. */
async function live(n: number): Promise<{ readonly slices: readonly number[]; readonly growMs: number }> {
  const clock = createSteppedClock()
  const random = seededRandom(2)
  const order = shuffled(n, random)
  let fired = 0
  const onDue = () => void fired++
  const scheduler = createScheduler(clock, () => clock.now(), onDue)

  let growMs = 0
  for (let from = 0; from < n; from += GROUP) {
    const busyMs = startBusy()
    for (const id of order.subarray(from, from + GROUP)) scheduler.arm(id, clock.now() + IDLE_AFTER_MS * random())
    growMs = Math.max(growMs, busyMs())
  }
  for (let elapsed = 0; elapsed < IDLE_AFTER_MS; elapsed += STEP_MS) {
    const moved = Math.floor((n * STEP_MS) / IDLE_AFTER_MS)
    for (let i = 0; i < moved; i++) scheduler.arm(Math.floor(random() * n), clock.now() + IDLE_AFTER_MS)
    await clock.run(STEP_MS)
  }
  await clock.run(2 * IDLE_AFTER_MS)
  expectEqual(scheduler.size(), 0, 'deadlines left')

  fired = 0
  for (const id of order) scheduler.arm(id, clock.now() + IDLE_AFTER_MS * random())
  clock.skip(2 * IDLE_AFTER_MS)
  await clock.run(IDLE_AFTER_MS)
  expectEqual(fired, n, 'deadlines that fired after the jump')
  return { slices: clock.slices, growMs }
}

/** Longest pause of the scheduler. `p2.grow` is the longest wait for room while the first deadlines are armed. */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  const passes = []
  for (let pass = 0; pass < PASSES; pass++) passes.push(await live(n))
  return {
    'p2.pause': { value: longestSlice(passes.map(({ slices }) => slices)), unit: 'ms' },
    'p2.grow': { value: Math.min(...passes.map(({ growMs }) => growMs)), unit: 'ms' },
  }
}
