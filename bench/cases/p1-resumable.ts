import { createPresence, memoryStore } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { measureInProcess } from '../in-process.ts'
import { inProcessOf } from '../rollcall.ts'

/** The same, for clients that can resume: what tokens and their hashes cost on top. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const presence = createPresence({ store: memoryStore() })
  await presence.start()
  const measures = await measureInProcess(inProcessOf(presence, { resumable: true }), options)
  await presence.stop()
  const of = (name: string) => measures[name] as (typeof measures)[string]
  return {
    'p1.connect.resumable': of('p1.connect'),
    'p1.disconnect.resumable': of('p1.disconnect'),
    'p1.bytes.resumable': of('p1.bytes'),
  }
}
