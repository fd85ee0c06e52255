import { describe, expect, it } from 'vitest'
import { createDeadlines } from '../../src/session/deadlines.ts'
import { createVirtualClock } from '../../src/testing.ts'

const DAY = 24 * 3_600_000

describe('a deadline', () => {
  it('calls back once, at its time, behind one timer with all the others', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    const called: [string, number][] = []
    for (const [name, ms] of [
      ['b', 20],
      ['a', 10],
      ['c', 30],
    ] as const) {
      deadlines.set(ms, () => called.push([name, clock.monotonic()]))
    }
    expect(clock.pending).toBeLessThanOrEqual(2)
    await clock.advance(100)
    expect(called).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ])
  })

  it('that was cancelled does not call, and cancelling it again does not touch another', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    const called: string[] = []
    const first = deadlines.set(10, () => called.push('first'))
    first.cancel()
    deadlines.set(10, () => called.push('second'))
    first.cancel()
    await clock.advance(10)
    expect(called).toEqual(['second'])
  })

  it('may lie further off than a timer can', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    let at = 0
    deadlines.set(60 * DAY, () => {
      at = clock.monotonic()
    })
    await clock.advance(61 * DAY)
    expect(at).toBe(60 * DAY)
  })

  it('may be set by another one', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    let at = 0
    deadlines.set(10, () =>
      deadlines.set(5, () => {
        at = clock.monotonic()
      }),
    )
    await clock.advance(20)
    expect(at).toBe(15)
  })

  it('does nothing once all were closed', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    let called = false
    const call = () => {
      called = true
    }
    deadlines.set(10, call)
    deadlines.close()
    deadlines.set(10, call).cancel()
    await clock.advance(20)
    expect(called).toBe(false)
  })
})

describe('work within a deadline', () => {
  it('settles as the work does if that is in time', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    expect(await deadlines.within(10, 'late', Promise.resolve(7))).toBe(7)
    await expect(deadlines.within(10, 'late', Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(clock.pending).toBeLessThanOrEqual(1)
  })

  it('is late otherwise; what comes of it is handed over', async () => {
    const clock = createVirtualClock()
    const deadlines = createDeadlines(clock)
    let finish = (_: number) => {}
    const handed: number[] = []
    const outcome = deadlines.within(10, 'late', new Promise<number>((resolve) => (finish = resolve)), (result) =>
      handed.push(result),
    )
    await clock.advance(10)
    expect(await outcome).toBe('late')
    finish(7)
    await clock.settle()
    expect(handed).toEqual([7])
  })
})
