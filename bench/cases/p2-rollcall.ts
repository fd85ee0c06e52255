import { systemClock } from '@rollcall/core'
import { createScheduler } from '@rollcall/core/testing'
import type { CaseOptions } from '../contests.ts'
import { measureDeadlines } from '../deadlines.ts'
import type { Measures } from '../figures.ts'

/** Our side of P2: the engine's scheduler on the system's clock. */
export function measure(options: CaseOptions): Promise<Measures> {
  return measureDeadlines(options, (_count, afterMs, onDue) => {
    const now = () => systemClock.now()
    const scheduler = createScheduler(systemClock, now, onDue)
    return {
      moveAll(ids) {
        // As the engine does: the time of the turn, not of each call.
        const at = now() + afterMs
        for (let i = 0; i < ids.length; i++) scheduler.arm(ids[i] as number, at)
      },
      clear: () => scheduler.dispose(),
    }
  })
}
