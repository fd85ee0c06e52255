import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { storm } from '../socketio-storm.ts'

/** Everybody connects; the baseline is Socket.IO with nothing on it. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const { cpuUs, bytes, close } = await storm(options.side === 'ours' ? 'ours' : 'bare', options)
  await close()
  return {
    'p4.storm': { value: cpuUs, unit: 'CPU µs' },
    'p4.bytes': { value: bytes, unit: 'B/connection' },
  }
}
