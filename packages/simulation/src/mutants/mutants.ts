import type { Mutant } from './mutant.ts'
import { ofNews } from './of-news.ts'
import { ofRecords } from './of-records.ts'
import { overHttp } from './over-http.ts'

/**
 * The rules that close an interleaving each, and how each looks when it was forgotten. Not here, for no small patch takes them
 * out: that signals are unordered and never stored (there is nothing that would order or store them), that timers are clamped
 * (no run is that long), that projections never go back (they are the application's), and that a step of the store's clock
 * forward begins a hold-off at the node that measures it: the renewal that follows within milliseconds brings the store's own.
 */
export const MUTANTS: readonly Mutant[] = [...ofRecords, ...ofNews, ...overHttp]
