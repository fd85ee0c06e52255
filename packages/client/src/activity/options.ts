import type { Duration } from '../duration.ts'

/** How input is noticed. Only *that* there was input is ever kept or sent, never what it was. */
export interface ActivityOptions {
  /** For the countdown shown to the user; the server decides by its own policy. `false`: never idle. @default '5m' */
  readonly idleAfter?: Duration | false
  /** Count only events that the browser marks as the user's own; `false` for tests. @default true */
  readonly trustedOnly?: boolean
  /**
   * A focused iframe swallows its input. `count`: the user is active while the document has the focus and an iframe in
   * it does. `ignore`: not. @default 'count'
   */
  readonly iframes?: 'count' | 'ignore'
}

/** The client's own view of idleness, for a user interface. Frozen; a new object with each change. */
export interface ActivityState {
  /** No input in any tab for `idleAfter`, or `idle()` was called, and nothing keeps the user active. */
  readonly idle: boolean
  /** When `idle` last changed; this machine's wall clock, ms. */
  readonly since: number
}
