import { createScheduler } from '@rollcall/core/testing'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual, seededRandom, shuffled, startBusy } from '../measure.ts'
import { createSteppedClock } from '../stepped-clock.ts'

const IDLE_AFTER_MS = 60_000
const STEP_MS = 250
/** Deadlines armed between two looks at the time: too few to be noticed. */
const GROUP = 64

/**
 * Longest pause of the scheduler: deadlines spread over a minute while activities move some of them, then all of them
 * due at once, as after a suspend. `p2.grow` is the longest wait for room while the first of them are armed.
 */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  const clock = createSteppedClock()
  const random = seededRandom(2)
  const order = shuffled(n, random)
  let fired = 0
  const scheduler = createScheduler(
    clock,
    () => clock.now(),
    () => void fired++,
  )

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
  const { ms, withCollectorMs } = clock.takeLongest()
  return {
    'p2.pause': { value: ms, unit: 'ms' },
    'p2.pause.collector': { value: withCollectorMs, unit: 'ms' },
    'p2.grow': { value: growMs, unit: 'ms' },
  }
}
