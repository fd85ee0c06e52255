import { expect, it } from 'vitest'
import { createBuckets, DEFAULT_RATE_LIMITS } from '../../src/session/rate-limits.ts'
import { createVirtualClock } from '../../src/testing.ts'

const limits = { ...DEFAULT_RATE_LIMITS, claim: { burst: 3, perSecond: 2 } }

it('lets a burst pass, then what flows in, and says how long to wait', async () => {
  const clock = createVirtualClock()
  const buckets = createBuckets(limits, clock)
  const take = () => buckets.take('claim')
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 500])
  await clock.advance(499)
  expect(take()).toBe(1)
  await clock.advance(1)
  expect([take(), take()]).toEqual([0, 500])
})

it('holds no more than a burst, however long nothing came', async () => {
  const clock = createVirtualClock()
  const buckets = createBuckets(limits, clock)
  buckets.take('claim')
  await clock.advance(3_600_000)
  expect(Array.from({ length: 4 }, () => buckets.take('claim'))).toEqual([0, 0, 0, 500])
})

it('keeps a bucket per kind', () => {
  const buckets = createBuckets(limits, createVirtualClock())
  for (let i = 0; i < 4; i++) buckets.take('claim')
  expect(buckets.take('clear')).toBe(0)
})
