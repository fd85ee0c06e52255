import type { SpaceState } from '../register.ts'

/** A stay in a space. Several of one space are counted: the connection exits with the last of them. */
export interface Membership {
  readonly space: string
  /** Replaces the state there. Sent at most every 50 ms, the newest one; kept through reconnects. */
  setState(state: SpaceState): void
  /** Ends this stay; again, does nothing. */
  exit(): void
}
