import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import {
  DEFAULT_POLICY,
  type Policy,
  type PresenceEvent,
  type Status,
  transition,
  type UserRecord,
} from '../../src/machine/index.ts'
import { openEvent, touchEvent } from './events.ts'
import { expectSame } from './expect-same.ts'
import { START } from './history.ts'

// A thousand stories take a second or two, and more where the machine has other things to do.
vi.setConfig({ testTimeout: 60_000 })

/** What one incarnation of a tab or an HTTP session does, in its order; each event is made for the time it happens. */
type Incarnation = readonly ((at: number) => PresenceEvent)[]

const SESSION = 's'

const input = (connectionId: string) => (at: number) => ({ type: 'input', at, connectionId }) as const
const beat = (connectionId: string) => (at: number) => ({ type: 'beat', at, connectionId, leaseMs: 90_000 }) as const
const ending = (type: 'leave' | 'lost' | 'hint' | 'drain', connectionId: string) => (at: number) =>
  ({ type, at, connectionId }) as const
const opens = (id: string, node: string, token: string, resumes: string | null) => (at: number) =>
  openEvent(at, id, { node, session: SESSION, token, ...(resumes === null ? {} : { resumes }) })
const touches = (at: number) => touchEvent(at, SESSION, { id: 'leased' })

const ends = fc.constantFrom('leave' as const, 'lost' as const, 'hint' as const, 'drain' as const)

/** The old incarnation always ends: its holder hears of it sooner or later. */
const oldHeld = fc
  .record({ inputs: fc.nat(2), end: ends })
  .map(
    ({ inputs, end }): Incarnation => [
      opens('old', 'n1', 'T1', null),
      ...Array.from({ length: inputs }, () => input('old')),
      ending(end, 'old'),
    ],
  )

const oldLeased = fc
  .record({ signs: fc.array(fc.constantFrom(beat, input), { maxLength: 2 }), end: fc.option(ends, { nil: null }) })
  .map(
    ({ signs, end }): Incarnation => [
      touches,
      ...signs.map((sign) => sign('leased')),
      // Without a word it ends with its lease.
      ...(end === null ? [] : [ending(end, 'leased')]),
    ],
  )

const young = fc
  .record({ resumes: fc.boolean(), inputs: fc.nat(2), end: fc.option(ends, { nil: null }) })
  .map(({ resumes, inputs, end }) => ({
    stays: end === null,
    does: [
      opens('young', 'n2', 'T2', resumes ? 'T1' : null),
      ...Array.from({ length: inputs }, () => input('young')),
      ...(end === null ? [] : [ending(end, 'young')]),
    ] satisfies Incarnation,
  }))

/** Every way to interleave two sequences without reordering either. */
function interleavings<T>(a: readonly T[], b: readonly T[]): T[][] {
  const [first, ...restA] = a
  const [second, ...restB] = b
  if (first === undefined) return [[...b]]
  if (second === undefined) return [[...a]]
  return [
    ...interleavings(restA, b).map((rest) => [first, ...rest]),
    ...interleavings(a, restB).map((rest) => [second, ...rest]),
  ]
}

const STEP = 1000
const SETTLED = 5 * 60_000

/** Status and connections once all graces and leases are over, but before anybody could be idle for as long as that. */
function settled(
  deliveries: readonly { readonly event: PresenceEvent; readonly now: number }[],
  policy: Policy = { ...DEFAULT_POLICY, idleAfterMs: null },
) {
  let record: UserRecord | null = null
  let end = START
  for (const { event, now } of deliveries) {
    record = transition(record, event, now, policy, { userId: 'ada', nodeId: 'n2' }).record
    end = now
  }
  record = transition(record, { type: 'advance' }, end + SETTLED, policy, { userId: 'ada', nodeId: 'n2' }).record
  return { status: record?.status as Status, connections: record?.connections.map(({ id }) => id) }
}

describe('law 4: any two interleavings of the connects, inputs, beats, losses, resumes and leaves of two incarnations end in the same status once both are settled', () => {
  it.each([
    ['two tabs', oldHeld],
    ['an HTTP session and a tab', oldLeased],
  ])('%s, each event at the time it is delivered', (_, old) => {
    fc.assert(
      fc.property(old, young, (a, { does, stays }) => {
        for (const order of interleavings(a, does)) {
          const deliveries = order.map((eventAt, i) => ({ event: eventAt(START + i * STEP), now: START + i * STEP }))
          expectSame(
            settled(deliveries),
            stays ? { status: 'online', connections: ['young'] } : { status: 'offline', connections: [] },
          )
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['two tabs', oldHeld],
    ['an HTTP session and a tab', oldLeased],
  ])('%s, each event late, and in any order against those of the other', (_, old) => {
    fc.assert(
      fc.property(old, young, fc.nat(8000), (a, { does, stays }, offset) => {
        const happened = [
          a.map((eventAt, i) => eventAt(START + 2 * i * STEP)),
          does.map((eventAt, i) => eventAt(START + offset + 2 * i * STEP)),
        ] as const
        for (const order of interleavings(...happened)) {
          const deliveries = order.map((event, i) => ({ event, now: START + 16_000 + i }))
          expectSame(
            settled(deliveries),
            stays ? { status: 'online', connections: ['young'] } : { status: 'offline', connections: [] },
          )
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['two tabs', oldHeld],
    ['an HTTP session and a tab', oldLeased],
  ])('%s, with idle and dormant on, once those have passed too', (_, old) => {
    fc.assert(
      fc.property(old, young, (a, { does }) => {
        const policy = { ...DEFAULT_POLICY, idleAfterMs: 20_000, dormantAfterMs: 60_000 }
        for (const order of interleavings(a, does)) {
          const deliveries = order.map((eventAt, i) => ({ event: eventAt(START + i * STEP), now: START + i * STEP }))
          expectSame(settled(deliveries, policy).status, 'offline')
        }
      }),
      { numRuns: 1000 },
    )
  })
})
