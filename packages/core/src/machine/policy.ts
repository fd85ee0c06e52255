/** Every duration and limit by which the machine decides, in ms. Built and checked by `resolvePolicy`; `false` at the API edge is `null` here. */
export interface Policy {
  /** No input for this long: idle. `null`: never. @default 300_000 */
  readonly idleAfterMs: number | null
  /** No input for this long: dormant. `null`: never. @default 1_800_000 */
  readonly dormantAfterMs: number | null
  /** How long a connection is kept after its page said that it goes away. @default 10_000 */
  readonly hintGraceMs: number
  /** How long a connection is kept after its transport was lost, or its node died. @default 15_000 */
  readonly graceMs: number
  /** How long the connections of a node that drains are kept. @default 60_000 */
  readonly drainGraceMs: number
  /** Least lease of a leased connection. @default 90_000 */
  readonly leaseMs: number
  /** How long a deliberate end is remembered. @default 600_000 */
  readonly endedForMs: number
  /** How long a user without connections is remembered. @default 2_592_000_000 (30 days) */
  readonly forgetAfterMs: number
  /** Connections a user may have, lost ones not counted. @default 32 */
  readonly maxConnections: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND

export const DEFAULT_POLICY: Policy = {
  idleAfterMs: 5 * MINUTE,
  dormantAfterMs: 30 * MINUTE,
  hintGraceMs: 10 * SECOND,
  graceMs: 15 * SECOND,
  drainGraceMs: 60 * SECOND,
  leaseMs: 90 * SECOND,
  endedForMs: 10 * MINUTE,
  forgetAfterMs: 30 * 24 * 60 * MINUTE,
  maxConnections: 32,
}
