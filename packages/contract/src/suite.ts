import type { PresenceStore } from '@rollcall/core'
import type { Listen } from './listening.ts'

/** What a case works with. */
export interface Bench {
  readonly store: PresenceStore
  readonly listen: Listen
  /** A second handle on the same data; closed after the case. */
  peer(): Promise<PresenceStore>
}

/** What a group of rules is written to. */
export interface Suite {
  /** Whether {@link Bench.peer} can be had. */
  readonly hasPeers: boolean
  rule(name: string, body: (bench: Bench) => Promise<void>): void
}
