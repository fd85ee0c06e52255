import type { Json } from '@rollcall/core/protocol'

/** A signal of another user that has not expired. */
export interface ActiveSignal<Data = Json> {
  readonly userId: string
  readonly data: Data
  /** When it ends unless repeated; this machine's wall clock, ms. */
  readonly until: number
}
