import { describe, expect, it } from 'vitest'
import { isPresenceError, memoryStore, type PolicyOptions, type PresenceOptions, policies } from '../src/index.ts'
import { resolveOptions } from '../src/options.ts'

const resolve = (policy: PolicyOptions, rest: Partial<PresenceOptions> = {}) =>
  resolveOptions({ store: memoryStore(), policy, ...rest })

describe('options', () => {
  it('have the defaults that the documentation states', () => {
    const { policy, rhythm, limits, sweepRate, largeSpace } = resolve({})
    expect(policy).toEqual({
      idleAfterMs: 300_000,
      dormantAfterMs: 1_800_000,
      hintGraceMs: 10_000,
      graceMs: 15_000,
      drainGraceMs: 60_000,
      leaseMs: 90_000,
      endedForMs: 600_000,
      forgetAfterMs: 2_592_000_000,
      maxConnections: 32,
    })
    expect(rhythm).toEqual({
      sweepEveryMs: 10_000,
      flushEveryMs: 60_000,
      nodeLeaseMs: 30_000,
      renewEveryMs: 10_000,
      reconcileEveryMs: 30_000,
      beatEveryMs: 15_000,
    })
    expect(limits).toMatchObject({
      messageBytes: 16_384,
      stateBytes: 2048,
      spaces: 100,
      watched: 1000,
      textLength: 140,
    })
    expect({ sweepRate, largeSpace }).toEqual({ sweepRate: 20_000, largeSpace: { above: 20_000, below: 15_000 } })
  })

  it('take durations as text, and `false` for never', () => {
    expect(resolve({ idleAfter: '10m', dormantAfter: false, grace: 500 }).policy).toMatchObject({
      idleAfterMs: 600_000,
      dormantAfterMs: null,
      graceMs: 500,
    })
  })

  it('let rhythms follow from short durations, so that a test or a demo needs no more than those', () => {
    expect(resolve({ idleAfter: '2s', dormantAfter: '6s', nodeLease: '3s', lease: '14s' }).rhythm).toMatchObject({
      flushEveryMs: 500,
      renewEveryMs: 1000,
      beatEveryMs: 2000,
    })
  })

  it.each(Object.keys(policies) as (keyof typeof policies)[])('has a preset that works: %s', (name) => {
    expect(() => resolve(policies[name])).not.toThrow()
  })

  it.each([
    [{ idleAfter: '40m' }, ['policy.idleAfter', '2400000', 'policy.dormantAfter', '1800000']],
    [{ dormantAfter: '4m' }, ['policy.idleAfter', '300000', 'policy.dormantAfter', '240000']],
    [{ beat: '60s' }, ['policy.lease', '90000', 'policy.beat', '60000']],
    [{ lease: '30s', beat: '15s' }, ['policy.lease', '30000', 'policy.beat', '15000']],
    [{ renewEvery: '15s' }, ['policy.nodeLease', '30000', 'policy.renewEvery', '15000']],
    [{ idleAfter: '1m', flushEvery: '31s' }, ['policy.idleAfter', '60000', 'policy.flushEvery', '31000']],
    [{ idleAfter: 0 }, ['policy.idleAfter', 'false']],
    [{ forgetAfter: '10s' }, ['policy.grace', '15000', 'policy.forgetAfter', '10000']],
    [{ sweepEvery: 0 }, ['policy.sweepEvery']],
  ] as [PolicyOptions, string[]][])('refuse %j, naming both values', (policy, named) => {
    const refusal = refusalOf(() => resolve(policy))
    expect(refusal.code).toBe('invalid-option')
    for (const part of named) expect(refusal.message).toContain(part)
  })

  it.each([
    ['policy.grace', { policy: { grace: '15 parsecs' } }],
    ['policy.grace', { policy: { grace: -1 } }],
    ['policy', { policy: { idelAfter: '5m' } }],
    ['store', { store: {} }],
    ['limits.spaces', { limits: { spaces: 0 } }],
    ['clock', { clock: Date }],
    ['randomId', { randomId: 'x' }],
    ['largeSpace.below', { largeSpace: { above: 10, below: 10 } }],
  ])('refuse an unusable %s by its name', (name, given) => {
    const refusal = refusalOf(() => resolveOptions({ store: memoryStore(), ...given } as unknown as PresenceOptions))
    expect(refusal.code).toBe('invalid-option')
    expect(`${refusal.details.option} ${refusal.message}`).toContain(name)
  })
})

function refusalOf(work: () => unknown) {
  try {
    work()
  } catch (error) {
    if (isPresenceError(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}
