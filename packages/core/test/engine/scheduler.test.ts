import { describe, expect, it } from 'vitest'
import { createScheduler, createVirtualClock } from '../../src/testing.ts'

function setUp() {
  const clock = createVirtualClock()
  const started = clock.now()
  const fired: [id: number, at: number][] = []
  const scheduler = createScheduler(clock, clock.now, (id) => fired.push([id, clock.now() - started]))
  return { clock, scheduler, fired, at: (ms: number) => started + ms }
}

describe('the scheduler', () => {
  it('calls each deadline once, at its instant, in order of time', async () => {
    const { clock, scheduler, fired, at } = setUp()
    for (const [id, ms] of [
      [1, 300],
      [2, 100],
      [3, 200],
      [4, 100],
    ] as const) {
      scheduler.arm(id, at(ms))
    }
    await clock.advance(1000)
    expect(fired.map(([, ms]) => ms)).toEqual([100, 100, 200, 300])
    expect(fired.map(([id]) => id).sort()).toEqual([1, 2, 3, 4])
    expect(scheduler.size()).toBe(0)
  })

  it('holds one timer, however many deadlines there are', () => {
    const { clock, scheduler, at } = setUp()
    for (let id = 0; id < 10_000; id++) scheduler.arm(id, at(1000 + ((id * 7919) % 5000)))
    expect(clock.pending).toBe(1)
  })

  it('moves a deadline later without the old one being called', async () => {
    const { clock, scheduler, fired, at } = setUp()
    scheduler.arm(1, at(100))
    scheduler.arm(1, at(500))
    await clock.advance(499)
    expect(fired).toEqual([])
    await clock.advance(1)
    expect(fired).toEqual([[1, 500]])
  })

  it('moves a deadline earlier', async () => {
    const { clock, scheduler, fired, at } = setUp()
    scheduler.arm(1, at(500))
    scheduler.arm(2, at(300))
    scheduler.arm(1, at(100))
    await clock.advance(400)
    expect(fired).toEqual([
      [1, 100],
      [2, 300],
    ])
  })

  it('keeps an earlier deadline when armed by a later time', async () => {
    const { clock, scheduler, fired, at } = setUp()
    scheduler.armBy(1, at(500))
    scheduler.armBy(1, at(900))
    scheduler.armBy(1, at(200))
    await clock.advance(1000)
    expect(fired).toEqual([[1, 200]])
  })

  it('forgets a deadline that is disarmed, first or last or in between', async () => {
    const { clock, scheduler, fired, at } = setUp()
    for (let id = 0; id < 20; id++) scheduler.arm(id, at(100 + id))
    for (const id of [0, 19, 7, 8, 7]) scheduler.disarm(id)
    scheduler.disarm(5000)
    await clock.advance(1000)
    expect(fired.map(([id]) => id)).toEqual([1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
  })

  it('lets a deadline be armed again while it is called', async () => {
    const clock = createVirtualClock()
    let calls = 0
    const scheduler = createScheduler(clock, clock.now, (id) => {
      if (++calls < 5) scheduler.arm(id, clock.now() + 10)
    })
    scheduler.arm(0, clock.now())
    await clock.advance(100)
    expect(calls).toBe(5)
  })

  it('lets other work have its turn between slices of many deadlines that are due at once', async () => {
    const { clock, scheduler, fired, at } = setUp()
    for (let id = 0; id < 1000; id++) scheduler.arm(id, at(100))
    let firedBefore = -1
    clock.setTimer(() => {
      clock.setTimer(() => {
        firedBefore = fired.length
      }, 0)
    }, 99)
    await clock.advance(99)
    await clock.advance(1)
    expect(fired).toHaveLength(1000)
    expect(firedBefore).toBeLessThan(1000)
  })

  it('calls a deadline in the past as soon as it can, but not within the call that arms it', async () => {
    const { clock, scheduler, fired, at } = setUp()
    await clock.advance(1000)
    scheduler.arm(1, at(200))
    expect(fired).toEqual([])
    await clock.advance(0)
    expect(fired).toEqual([[1, 1000]])
  })

  it('calls a deadline beyond its horizon early, for its owner to arm again, and never late', async () => {
    const { clock, scheduler, fired, at } = setUp()
    const day = 86_400_000
    scheduler.arm(1, at(40 * day))
    scheduler.arm(2, at(30 * day))
    await clock.advance(45 * day)
    expect(fired).toEqual([
      [2, 30 * day],
      [1, 40 * day],
    ])
    scheduler.arm(3, at(120 * day))
    await clock.advance(60 * day)
    expect(fired.at(-1)?.[0]).toBe(3)
    expect(fired.at(-1)?.[1]).toBeLessThanOrEqual(120 * day)
  })

  it('leaves no timer when disposed', () => {
    const { clock, scheduler, at } = setUp()
    scheduler.arm(1, at(100))
    scheduler.dispose()
    expect(clock.pending).toBe(0)
    expect(scheduler.size()).toBe(0)
  })
})
