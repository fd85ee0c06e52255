import { acknowledged } from './acknowledged.ts'
import { bounds } from './bounds.ts'
import { bystanders } from './bystanders.ts'
import { chain } from './chain.ts'
import { clientFold } from './client-fold.ts'
import { deadlines } from './deadlines.ts'
import { drained } from './drained.ts'
import { fence } from './fence.ts'
import { freshness } from './freshness.ts'
import { holdOff } from './hold-off.ts'
import { holder } from './holder.ts'
import { indexEntries } from './index-entries.ts'
import { inputs } from './inputs.ts'
import type { Invariant } from './invariant.ts'
import { lastWords } from './last-words.ts'
import { leases } from './leases.ts'
import { order } from './order.ts'
import { ownership } from './ownership.ts'
import { premature } from './premature.ts'
import { publications } from './publications.ts'
import { quiet } from './quiet.ts'
import { reads } from './reads.ts'
import { resumes } from './resumes.ts'
import { roster } from './roster.ts'
import { signals } from './signals.ts'
import { stamps } from './stamps.ts'
import { staysEnded } from './stays-ended.ts'
import { storeTime } from './store-time.ts'
import { storms } from './storms.ts'
import { throwsNothing } from './throws-nothing.ts'
import { told } from './told.ts'
import { toldOfEnd } from './told-of-end.ts'
import { versions } from './versions.ts'

/** Every invariant, in the order in which they are asked: causes before their effects. */
export const INVARIANTS: readonly Invariant[] = [
  throwsNothing,
  chain,
  versions,
  indexEntries,
  fence,
  holdOff,
  holder,
  storeTime,
  inputs,
  resumes,
  stamps,
  staysEnded,
  toldOfEnd,
  leases,
  lastWords,
  drained,
  premature,
  signals,
  publications,
  order,
  deadlines,
  bystanders,
  freshness,
  quiet,
  bounds,
  storms,
  clientFold,
  ownership,
  acknowledged,
  told,
  roster,
  // Last: its reads are on their way then.
  reads,
]
