import { setTimeout as wait } from 'node:timers/promises'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { keptBytes } from '../measure.ts'
import { IN_FLIGHT, storm } from '../socketio-storm.ts'

/** Everybody connects; the baseline is Socket.IO with nothing on it. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const { pages, cpuUs, close } = await storm(options.side === 'ours' ? 'ours' : 'bare', options)
  // Of those who come later, so that no code is compiled for the first time, which would count as theirs.
  const { n } = options
  const before = await keptBytes()
  await pages.open({ from: 2 * n, to: 3 * n, inFlight: IN_FLIGHT })
  await wait(options.quick ? 10 : 500)
  const bytes = (await keptBytes()) - before
  await close()
  return {
    'p4.storm': { value: cpuUs, unit: 'CPU µs' },
    'p4.bytes': { value: bytes / n, unit: 'B/connection' },
  }
}
