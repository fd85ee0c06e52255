import { describe, expect, it } from 'vitest'
import { createRecent } from '../src/recent.ts'
import { createVirtualClock } from '../src/testing.ts'

describe('what is noted of many', () => {
  it('is kept for the time it must be, and given up soon after', async () => {
    const clock = createVirtualClock()
    const recent = createRecent<number>(clock, 1000)
    recent.set('a', 1)
    await clock.advance(999)
    expect(recent.get('a')).toBe(1)
    await clock.advance(1001)
    expect(recent.get('a')).toBeUndefined()
    for (let key = 0; key < 10_000; key++) {
      recent.set(`key-${key}`, key)
      await clock.advance(10)
    }
    expect(recent.size).toBeLessThanOrEqual(201)
  })

  it('never grows beyond its bound, however many come at once', () => {
    const recent = createRecent<number>(createVirtualClock(), 60_000, 1000)
    for (let key = 0; key < 100_000; key++) recent.set(`key-${key}`, key)
    expect(recent.size).toBeLessThanOrEqual(2000)
    expect(recent.get('key-99999')).toBe(99_999)
  })

  it('is one note per key', async () => {
    const clock = createVirtualClock()
    const recent = createRecent<number>(clock, 1000)
    recent.set('a', 1)
    await clock.advance(1000)
    recent.set('a', 2)
    expect([recent.get('a'), recent.size]).toEqual([2, 1])
    recent.delete('a')
    expect([recent.get('a'), recent.size]).toEqual([undefined, 0])
  })
})
