import { createNaiveDeadlines } from '../baselines/naive-deadlines.ts'
import type { CaseOptions } from '../contests.ts'
import { measureDeadlines } from '../deadlines.ts'
import type { Measures } from '../figures.ts'

/** The baseline of P2: one timer per deadline. */
export function measure(options: CaseOptions): Promise<Measures> {
  return measureDeadlines(options, (count, afterMs, onDue) => {
    const deadlines = createNaiveDeadlines(count, afterMs, onDue)
    return {
      moveAll(ids) {
        for (let i = 0; i < ids.length; i++) deadlines.arm(ids[i] as number)
      },
      clear: () => deadlines.clear(),
    }
  })
}
