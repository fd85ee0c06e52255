import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../src/testing.ts'
import { MAX_DELAY_MS } from '../../src/time/clock.ts'

describe('a virtual clock', () => {
  it('shows a timer due at 10 that it is 10, also within advance(100)', async () => {
    const clock = createVirtualClock(0)
    const seen: number[] = []
    clock.setTimer(() => seen.push(clock.now()), 10)
    await clock.advance(100)
    expect(seen).toEqual([10])
    expect(clock.now()).toBe(100)
  })

  it('stands still unless told to move', () => {
    const clock = createVirtualClock(5000)
    expect([clock.now(), clock.monotonic()]).toEqual([5000, 0])
    expect([clock.now(), clock.monotonic()]).toEqual([5000, 0])
  })

  it('begins in 2026 unless told otherwise', () => {
    expect(createVirtualClock().now()).toBe(Date.UTC(2026, 0, 1))
  })

  it('moves wall clock and monotonic time together', async () => {
    const clock = createVirtualClock(5000)
    await clock.advance(250)
    expect([clock.now(), clock.monotonic()]).toEqual([5250, 250])
  })

  it('runs timers in the order they are due, whatever order they were armed in', async () => {
    const clock = createVirtualClock(0)
    const seen: string[] = []
    clock.setTimer(() => seen.push('b'), 20)
    clock.setTimer(() => seen.push('a'), 10)
    clock.setTimer(() => seen.push('c'), 30)
    await clock.advance(25)
    expect(seen).toEqual(['a', 'b'])
    await clock.advance(5)
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('runs timers of one instant in the order they were armed', async () => {
    const clock = createVirtualClock(0)
    const seen: number[] = []
    for (let i = 0; i < 5; i++) clock.setTimer(() => seen.push(i), 10)
    await clock.advance(10)
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })

  it('runs a timer at its instant, not before', async () => {
    const clock = createVirtualClock(0)
    let runs = 0
    clock.setTimer(() => runs++, 10)
    await clock.advance(9.999)
    expect(runs).toBe(0)
    await clock.advance(0.001)
    expect(runs).toBe(1)
  })

  it('never runs a timer inside the call that arms it, however short the delay', async () => {
    const clock = createVirtualClock(0)
    let runs = 0
    clock.setTimer(() => runs++, 0)
    clock.setTimer(() => runs++, -5)
    expect(runs).toBe(0)
    await clock.advance(0)
    expect(runs).toBe(2)
  })

  it('runs what a timer arms, if it is due by then', async () => {
    const clock = createVirtualClock(0)
    const seen: number[] = []
    const tick = () => {
      seen.push(clock.now())
      clock.setTimer(tick, 10)
    }
    clock.setTimer(tick, 10)
    await clock.advance(35)
    expect(seen).toEqual([10, 20, 30])
    expect(clock.pending).toBe(1)
  })

  it('lets promises settle between two timers', async () => {
    const clock = createVirtualClock(0)
    const seen: string[] = []
    clock.setTimer(() => {
      void (async () => {
        for (let i = 0; i < 20; i++) await null
        seen.push(`chain at ${clock.now()}`)
      })()
    }, 10)
    clock.setTimer(() => seen.push('second timer'), 11)
    await clock.advance(20)
    expect(seen).toEqual(['chain at 10', 'second timer'])
  })

  it('lets promises settle before the first timer', async () => {
    const clock = createVirtualClock(0)
    const seen: number[] = []
    void Promise.resolve().then(() => clock.setTimer(() => seen.push(clock.now()), 5))
    await clock.advance(10)
    expect(seen).toEqual([5])
  })

  it('settles without time passing', async () => {
    const clock = createVirtualClock(0)
    let settled = false
    void (async () => {
      for (let i = 0; i < 20; i++) await null
      settled = true
    })()
    await clock.settle()
    expect([settled, clock.now()]).toEqual([true, 0])
  })

  it('forgets a timer that is cleared, also by another timer of its instant', async () => {
    const clock = createVirtualClock(0)
    const seen: string[] = []
    const first = clock.setTimer(() => seen.push('first'), 10)
    const later: unknown[] = []
    clock.setTimer(() => clock.clearTimer(later[0]), 10)
    later.push(clock.setTimer(() => seen.push('third'), 10))
    clock.clearTimer(first)
    clock.clearTimer(first)
    await clock.advance(20)
    expect(seen).toEqual([])
  })

  it('counts timers that are still armed', async () => {
    const clock = createVirtualClock(0)
    const timer = clock.setTimer(() => {}, 10)
    clock.setTimer(() => {}, 20)
    expect(clock.pending).toBe(2)
    clock.clearTimer(timer)
    expect(clock.pending).toBe(1)
    await clock.advance(20)
    expect(clock.pending).toBe(0)
  })

  it('clamps delays that no platform could keep', async () => {
    const clock = createVirtualClock(0)
    let ranAt = 0
    clock.setTimer(() => {
      ranAt = clock.now()
    }, 2 * MAX_DELAY_MS)
    await clock.advance(3 * MAX_DELAY_MS)
    expect(ranAt).toBe(MAX_DELAY_MS)
  })

  it('jumps with the wall clock alone: monotonic time and timers stay', async () => {
    const clock = createVirtualClock(0)
    const seen: number[] = []
    clock.setTimer(() => seen.push(clock.monotonic()), 10)
    clock.jump(3_600_000)
    await clock.settle()
    expect([clock.now(), clock.monotonic(), seen]).toEqual([3_600_000, 0, []])
    await clock.advance(10)
    expect(seen).toEqual([10])
    clock.jump(-7_200_000)
    expect([clock.now(), clock.monotonic()]).toEqual([-3_599_990, 10])
  })

  it('never steps back, also when told to move twice at once', async () => {
    const clock = createVirtualClock(0)
    for (const delay of [10, 20]) clock.setTimer(() => {}, delay)
    const seen: number[] = []
    const watch = async () => {
      for (let i = 0; i < 1000; i++) {
        seen.push(clock.monotonic())
        await null
      }
    }
    await Promise.all([clock.advance(15), watch(), clock.advance(30)])
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(clock.monotonic()).toBe(30)
  })
})
