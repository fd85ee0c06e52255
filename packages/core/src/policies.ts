import type { Duration } from './time/duration.ts'

/** Durations of presence, as the application writes them. What is left out has the default of `policies.default`. */
export interface PolicyOptions {
  /** No input for this long: away. `false`: never. @default '5m' */
  readonly idleAfter?: Duration | false
  /** No input for this long: offline, though connected. `false`: never. @default '30m' */
  readonly dormantAfter?: Duration | false
  /** How long a page that said it goes away may take to come back unseen. @default '10s' */
  readonly hintGrace?: Duration
  /** How long a lost transport, or the connections of a dead node, may take to come back unseen. @default '15s' */
  readonly grace?: Duration
  /** The same for the connections of a node that stops. @default '60s' */
  readonly drainGrace?: Duration
  /** Least lease of a leased connection. @default '90s' */
  readonly lease?: Duration
  /** How often a leased connection is asked to beat. @default '15s' */
  readonly beat?: Duration
  /** How long a deliberate end is remembered. @default '10m' */
  readonly endedFor?: Duration
  /** How long a user without connections is remembered. @default '30d' */
  readonly forgetAfter?: Duration
  /** Connections a user may have, lost ones not counted. @default 32 */
  readonly maxConnections?: number
  /** How often the sweeper looks for what ended. @default '10s' */
  readonly sweepEvery?: Duration
  /** How often an active user's `lastActiveAt` is stored. @default '60s', or a quarter of `idleAfter` if that is less */
  readonly flushEvery?: Duration
  /** Lease of a node. @default '30s' */
  readonly nodeLease?: Duration
  /** How often a node renews its lease. @default '10s' */
  readonly renewEvery?: Duration
  /** How often rosters are compared with the store. @default '30s' */
  readonly reconcileEvery?: Duration
}

/** Named settings: the default, and those of systems that rollcall replaces. Spread one to change a part of it. */
export const policies = {
  default: {},
  /** Ghost cleaning: a user counts as gone after 10 min without a sign of life, looked for each 5 min. */
  ghostCleaner: { lease: '10m', sweepEvery: '5m' },
  /** HTTP heartbeats each 30 s, offline after 2 min without one, checked each minute; no idle states. */
  httpHeartbeat: { beat: '30s', lease: '2m', sweepEvery: '60s', idleAfter: false, dormantAfter: false },
  /** A working day: away after 5 min, offline after 30 min without input; beats each 30 s. */
  workday: { idleAfter: '5m', dormantAfter: '30m', beat: '30s' },
  /** Sessions: beats each minute, present within 5 min of the last one, remembered for 30 days; no idle states. */
  sessions: { beat: '60s', lease: '5m', idleAfter: false, dormantAfter: false, forgetAfter: '30d' },
} as const satisfies Record<string, PolicyOptions>
