import { createPresence } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import { externalStore } from '../external-store.ts'
import type { Measures } from '../figures.ts'
import { measureInProcess } from '../in-process.ts'
import { inProcessOf } from '../rollcall.ts'

/** What the engine keeps of a connection when its records are somebody else's. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const external = externalStore()
  const presence = createPresence({ store: external.store })
  await presence.start()
  const subject = inProcessOf(presence, { resumable: false, elsewhere: () => external.bytes })
  const { 'p1.bytes': bytes } = await measureInProcess(subject, options)
  await presence.stop()
  return { 'p1.bytes.engine': bytes as NonNullable<typeof bytes> }
}
