import * as z from 'zod'
import { BEAT_SLACK_MS } from './engine/beats.ts'
import type { Access } from './engine/presence.ts'
import { PresenceError } from './errors.ts'
import { DEFAULT_POLICY, type Policy } from './machine/index.ts'
import type { PolicyOptions } from './policies.ts'
import { DEFAULT_LIMITS, type Limits } from './protocol/limits.ts'
import type { PresenceStore } from './store/contract.ts'
import type { Telemetry } from './telemetry.ts'
import type { Clock } from './time/clock.ts'
import { type Duration, toMs } from './time/duration.ts'

/** What `createPresence` takes. */
export interface PresenceOptions {
  readonly store: PresenceStore
  /** @default policies.default */
  readonly policy?: PolicyOptions
  /** Who may do what; a hook that is left out keeps its default. */
  readonly access?: Partial<Access>
  /** What one client may send and hold. */
  readonly limits?: Partial<Limits>
  /** Users of a dead node that are given up per second; their deadlines, and what is then told of them, lie as far apart. @default 20_000 */
  readonly sweepRate?: number
  /** A space with more members is watched as counts, and as a list again below `below`. @default { above: 20_000, below: 15_000 } */
  readonly largeSpace?: { readonly above: number; readonly below: number }
  /** Counters and timings; nothing by default. */
  readonly telemetry?: Telemetry
  /** @default the platform's clock */
  readonly clock?: Clock
  /** Users whose changes are kept while the store is away; above it they are found out anew afterwards. @default 100_000 */
  readonly outageQueue?: number
  /** From 0 to less than 1, for the jitter of periods. @default Math.random */
  readonly random?: () => number
  /** Unguessable unique strings: node ids and resume tokens. @default 80 random bits of the platform's generator */
  readonly randomId?: () => string
}

/** How often the engine does what it does by itself, in ms. */
export interface Rhythm {
  readonly sweepEveryMs: number
  readonly flushEveryMs: number
  readonly nodeLeaseMs: number
  readonly renewEveryMs: number
  readonly reconcileEveryMs: number
  readonly beatEveryMs: number
}

/** Options with every default filled in and every contradiction refused. */
export interface ResolvedOptions {
  readonly policy: Policy
  readonly rhythm: Rhythm
  readonly limits: Limits
  readonly sweepRate: number
  readonly largeSpace: { readonly above: number; readonly below: number }
  readonly outageQueue: number
}

const duration = z.union([z.number(), z.string()])
const positive = z.number().int().positive()
const limitsShape = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, positive.optional()]))

const policySchema = z.strictObject({
  idleAfter: z.union([duration, z.literal(false)]).optional(),
  dormantAfter: z.union([duration, z.literal(false)]).optional(),
  hintGrace: duration.optional(),
  grace: duration.optional(),
  drainGrace: duration.optional(),
  lease: duration.optional(),
  beat: duration.optional(),
  endedFor: duration.optional(),
  forgetAfter: duration.optional(),
  maxConnections: positive.optional(),
  sweepEvery: duration.optional(),
  flushEvery: duration.optional(),
  nodeLease: duration.optional(),
  renewEvery: duration.optional(),
  reconcileEvery: duration.optional(),
})

const optionsSchema = z.strictObject({
  store: z.custom<PresenceStore>(
    (value) => typeof (value as PresenceStore | null)?.save === 'function',
    'give a store, such as memoryStore()',
  ),
  policy: policySchema.optional(),
  access: z.looseObject({}).optional(),
  limits: z.strictObject(limitsShape).optional(),
  sweepRate: positive.optional(),
  largeSpace: z.strictObject({ above: positive, below: positive }).optional(),
  telemetry: z.custom<Telemetry>((value) => typeof value === 'object' && value !== null).optional(),
  clock: z.custom<Clock>((value) => typeof (value as Clock | null)?.setTimer === 'function', 'give a Clock').optional(),
  outageQueue: positive.optional(),
  random: z.custom<() => number>((value) => typeof value === 'function', 'give a function').optional(),
  randomId: z.custom<() => string>((value) => typeof value === 'function', 'give a function').optional(),
})

/** Checks options, fills in defaults, and refuses settings that cannot work, naming both values. */
export function resolveOptions(options: PresenceOptions): ResolvedOptions {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const option = issue?.path.join('.') || 'options'
    throw new PresenceError('invalid-option', `${option}: ${issue?.message ?? 'not usable'}`, {
      option,
      issues: parsed.error.issues,
    })
  }
  const given = options.policy ?? {}
  const ms = (name: keyof PolicyOptions, byDefault: number): number => {
    const value = given[name] as Duration | undefined
    return value === undefined ? byDefault : toMs(value, `policy.${name}`)
  }
  const msOrNever = (name: 'idleAfter' | 'dormantAfter', byDefault: number | null): number | null =>
    given[name] === false ? null : ms(name, byDefault ?? 0)
  const policy: Policy = {
    idleAfterMs: msOrNever('idleAfter', DEFAULT_POLICY.idleAfterMs),
    dormantAfterMs: msOrNever('dormantAfter', DEFAULT_POLICY.dormantAfterMs),
    hintGraceMs: ms('hintGrace', DEFAULT_POLICY.hintGraceMs),
    graceMs: ms('grace', DEFAULT_POLICY.graceMs),
    drainGraceMs: ms('drainGrace', DEFAULT_POLICY.drainGraceMs),
    leaseMs: ms('lease', DEFAULT_POLICY.leaseMs),
    endedForMs: ms('endedFor', DEFAULT_POLICY.endedForMs),
    forgetAfterMs: ms('forgetAfter', DEFAULT_POLICY.forgetAfterMs),
    maxConnections: given.maxConnections ?? DEFAULT_POLICY.maxConnections,
  }
  const rhythm = rhythmOf(ms, policy)
  refuseContradictions(policy, rhythm)
  const largeSpace = options.largeSpace ?? { above: 20_000, below: 15_000 }
  demand(
    largeSpace.below < largeSpace.above,
    'largeSpace.below',
    largeSpace.below,
    'be less than',
    'largeSpace.above',
    largeSpace.above,
  )
  return {
    policy,
    rhythm,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    sweepRate: options.sweepRate ?? 20_000,
    largeSpace,
    outageQueue: options.outageQueue ?? 100_000,
  }
}

/** What is left out follows from what was given, so that a policy with short durations needs no more than those. */
function rhythmOf(ms: (name: keyof PolicyOptions, byDefault: number) => number, policy: Policy): Rhythm {
  const { idleAfterMs, dormantAfterMs, leaseMs } = policy
  const nodeLeaseMs = ms('nodeLease', 30_000)
  const shortest = Math.min(idleAfterMs ?? Number.POSITIVE_INFINITY, dormantAfterMs ?? Number.POSITIVE_INFINITY)
  return {
    sweepEveryMs: ms('sweepEvery', 10_000),
    // Of inputs that are not stored yet the last one counts: two of them must never span the time until idle.
    flushEveryMs: ms('flushEvery', Math.min(60_000, shortest / 4)),
    nodeLeaseMs,
    renewEveryMs: ms('renewEvery', Math.min(10_000, nodeLeaseMs / 3)),
    reconcileEveryMs: ms('reconcileEvery', 30_000),
    beatEveryMs: ms('beat', Math.min(15_000, (leaseMs - BEAT_SLACK_MS) / 2)),
  }
}

function refuseContradictions(policy: Policy, rhythm: Rhythm): void {
  const { idleAfterMs, dormantAfterMs, leaseMs, graceMs, forgetAfterMs } = policy
  const { beatEveryMs, nodeLeaseMs, renewEveryMs, flushEveryMs, sweepEveryMs } = rhythm
  if (idleAfterMs !== null && dormantAfterMs !== null) {
    demand(
      idleAfterMs < dormantAfterMs,
      'policy.idleAfter',
      idleAfterMs,
      'be less than',
      'policy.dormantAfter',
      dormantAfterMs,
    )
  }
  for (const [name, value] of [
    ['policy.idleAfter', idleAfterMs],
    ['policy.dormantAfter', dormantAfterMs],
  ] as const) {
    if (value === null) continue
    demand(value > 0, name, value, 'be more than', 'nothing at all; write false for never', 0)
    demand(value >= 2 * flushEveryMs, name, value, 'be at least twice', 'policy.flushEvery', flushEveryMs)
  }
  demand(
    2 * beatEveryMs + BEAT_SLACK_MS <= leaseMs,
    'policy.lease',
    leaseMs,
    `be at least twice, and ${BEAT_SLACK_MS} ms more than,`,
    'policy.beat',
    beatEveryMs,
  )
  demand(
    2 * renewEveryMs < nodeLeaseMs,
    'policy.nodeLease',
    nodeLeaseMs,
    'be more than twice',
    'policy.renewEvery',
    renewEveryMs,
  )
  demand(graceMs < forgetAfterMs, 'policy.grace', graceMs, 'be less than', 'policy.forgetAfter', forgetAfterMs)
  for (const [name, value] of Object.entries({
    sweepEvery: sweepEveryMs,
    flushEvery: flushEveryMs,
    renewEvery: renewEveryMs,
    beat: beatEveryMs,
  })) {
    demand(value > 0, `policy.${name}`, value, 'be more than', 'nothing at all', 0)
  }
}

function demand(
  holds: boolean,
  name: string,
  value: number,
  relation: string,
  other: string,
  otherValue: number,
): void {
  if (holds) return
  throw new PresenceError(
    'invalid-option',
    `${name} is ${value} ms; it must ${relation} ${other}${otherValue > 0 ? ` (${otherValue} ms)` : ''}`,
    { option: name, value, other, otherValue },
  )
}
