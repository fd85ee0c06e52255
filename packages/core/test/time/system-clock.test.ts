import FakeTimers from '@sinonjs/fake-timers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_DELAY_MS, systemClock } from '../../src/time/clock.ts'

describe('the system clock', () => {
  let platform: FakeTimers.Clock

  beforeEach(() => {
    platform = FakeTimers.install({
      now: 1000,
      toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
    })
  })

  afterEach(() => {
    platform.uninstall()
    vi.unstubAllGlobals()
  })

  it('tells the time of the platform', () => {
    const monotonic = systemClock.monotonic()
    platform.tick(250)
    expect(systemClock.now()).toBe(1250)
    expect(systemClock.monotonic() - monotonic).toBe(250)
  })

  it('follows a wall clock that is set, with monotonic time going on', () => {
    const monotonic = systemClock.monotonic()
    platform.setSystemTime(500)
    expect(systemClock.now()).toBe(500)
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(monotonic)
  })

  it('calls back once, at the end of the delay and not before', () => {
    const seen: number[] = []
    systemClock.setTimer(() => seen.push(systemClock.now()), 100)
    platform.tick(99)
    expect(seen).toEqual([])
    platform.tick(1000)
    expect(seen).toEqual([1100])
  })

  it('never calls back inside the call that arms', () => {
    let runs = 0
    systemClock.setTimer(() => runs++, -100)
    expect(runs).toBe(0)
    platform.tick(1)
    expect(runs).toBe(1)
  })

  it('does not call back once cleared', () => {
    let runs = 0
    systemClock.clearTimer(systemClock.setTimer(() => runs++, 100))
    platform.tick(1000)
    expect(runs).toBe(0)
    expect(platform.countTimers()).toBe(0)
  })

  it('clamps a delay that the platform would take for none', () => {
    let runs = 0
    systemClock.setTimer(() => runs++, 40 * 24 * 3_600_000)
    platform.tick(MAX_DELAY_MS - 1)
    expect(runs).toBe(0)
    platform.tick(1)
    expect(runs).toBe(1)
  })

  it('keeps no process alive by its timers', () => {
    let unreferenced = 0
    vi.stubGlobal('setTimeout', () => ({ unref: () => unreferenced++ }))
    systemClock.setTimer(() => {}, 100)
    expect(unreferenced).toBe(1)
  })

  it('takes the numbers that browsers give for timers', () => {
    const cleared: unknown[] = []
    vi.stubGlobal('setTimeout', () => 7)
    vi.stubGlobal('clearTimeout', (timer: unknown) => cleared.push(timer))
    systemClock.clearTimer(systemClock.setTimer(() => {}, 100))
    expect(cleared).toEqual([7])
  })
})

describe('the longest delay', () => {
  it('is the longest that platforms take', () => {
    expect(MAX_DELAY_MS).toBe(2_147_483_647)
  })
})
