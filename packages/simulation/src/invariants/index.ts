import { acknowledged } from './acknowledged.ts'
import { bounds } from './bounds.ts'
import { chain } from './chain.ts'
import { clientFold } from './client-fold.ts'
import { deadlines } from './deadlines.ts'
import { fence } from './fence.ts'
import { freshness } from './freshness.ts'
import { indexEntries } from './index-entries.ts'
import type { Invariant } from './invariant.ts'
import { order } from './order.ts'
import { ownership } from './ownership.ts'
import { premature } from './premature.ts'
import { publications } from './publications.ts'
import { quiet } from './quiet.ts'
import { roster } from './roster.ts'
import { stamps } from './stamps.ts'
import { staysEnded } from './stays-ended.ts'

/** Every invariant, in the order in which they are asked: causes before their effects. */
export const INVARIANTS: readonly Invariant[] = [
  chain,
  indexEntries,
  fence,
  stamps,
  staysEnded,
  premature,
  publications,
  order,
  deadlines,
  freshness,
  quiet,
  bounds,
  clientFold,
  ownership,
  acknowledged,
  roster,
]
