import { createPresence, memoryStore } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { measureInProcess } from '../in-process.ts'
import { inProcessOf } from '../rollcall.ts'

/** Our side of P1: an engine over the memory store, with all its records and indexes. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const presence = createPresence({ store: memoryStore() })
  await presence.start()
  const { 'p1.bytes': bytes, ...measures } = await measureInProcess(
    inProcessOf(presence, { resumable: false }),
    options,
  )
  await presence.stop()
  return { ...measures, 'p1.bytes.memory-store': bytes as (typeof measures)[string] }
}
