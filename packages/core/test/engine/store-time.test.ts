import { describe, expect, it } from 'vitest'
import { createStoreTime } from '../../src/engine/store-time.ts'
import { memoryStore, systemClock } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'

/** A store whose clock is `aheadMs` ahead, and whose answer takes `wayBackMs` longer on the way back. */
function setUp() {
  const clock = createVirtualClock()
  const way = { aheadMs: 5000, wayThereMs: 0, wayBackMs: 0 }
  const pause = (ms: number) =>
    new Promise<void>((resolve) => (ms === 0 ? resolve() : void clock.setTimer(resolve, ms)))
  const store = {
    ...memoryStore({ clock }),
    async now() {
      await pause(way.wayThereMs)
      const now = clock.now() + way.aheadMs
      await pause(way.wayBackMs)
      return now
    },
  }
  const time = createStoreTime(store, clock)
  const sample = async () => {
    const sampled = time.sample()
    await clock.advance(2000)
    await sampled
  }
  return { clock, way, time, sample, error: () => time.now() - clock.now() - way.aheadMs }
}

describe('store time', () => {
  it('is the local wall clock before the first sample', () => {
    const { clock, time } = setUp()
    expect(time.now()).toBe(clock.now())
  })

  it('follows the store’s clock, not the local one', async () => {
    const { clock, sample, error } = setUp()
    await sample()
    expect(error()).toBe(0)
    await clock.advance(60_000)
    expect(error()).toBe(0)
  })

  it('does not jump with the local wall clock', async () => {
    const { clock, time, sample } = setUp()
    await sample()
    const before = time.now()
    clock.jump(-3_600_000)
    expect(time.now()).toBe(before)
    clock.jump(7_200_000)
    expect(time.now()).toBe(before)
  })

  it('takes the sample with the least round trip', async () => {
    const { way, sample, error } = setUp()
    way.wayBackMs = 800
    await sample()
    expect(error()).toBe(-400)
    way.wayBackMs = 20
    await sample()
    expect(error()).toBe(-10)
    way.wayThereMs = 600
    await sample()
    expect(error()).toBe(-10)
  })

  it('refuses a sample that took more than a second', async () => {
    const { way, error, sample } = setUp()
    await sample()
    const before = error()
    way.wayBackMs = 1001
    await sample()
    expect(error()).toBe(before)
  })

  it('never falls, although a better sample says it ran ahead', async () => {
    const { way, time, sample } = setUp()
    way.wayThereMs = 900
    await sample()
    const before = time.now()
    way.wayThereMs = 0
    way.aheadMs = 0
    await sample()
    expect(time.now()).toBeGreaterThanOrEqual(before)
  })

  it('throws away an answer from before the machine slept, and asks again', async () => {
    const { clock, way, time, error } = setUp()
    way.wayBackMs = 200
    const sampled = time.sample()
    await clock.advance(100)
    // The store went on for an hour while the answer lay here, and the monotonic clock stood still.
    clock.jump(3_600_000)
    way.wayBackMs = 0
    await clock.advance(100)
    await sampled
    expect(error()).toBe(0)
  })

  it('gives up for now when the clocks part at every try', async () => {
    const { clock, way, time } = setUp()
    way.wayBackMs = 100
    const before = time.now() - clock.monotonic()
    const sampled = time.sample()
    for (let tries = 0; tries < 3; tries++) {
      await clock.advance(50)
      clock.jump(60_000)
      await clock.advance(50)
    }
    await sampled
    expect(time.now() - clock.monotonic()).toBe(before)
  })

  it('measures anew after the machine slept, although the samples from before it were better', async () => {
    const { clock, way, sample, error } = setUp()
    await sample()
    clock.jump(3_600_000)
    way.wayBackMs = 800
    await sample()
    expect(error()).toBe(-400)
  })

  it('knows when it stepped forward, and takes neither drift nor the first sample for a step', async () => {
    const { clock, way, time, sample } = setUp()
    await sample()
    expect(time.steppedAt()).toBe(Number.NEGATIVE_INFINITY)
    way.aheadMs += 400
    await sample()
    expect(time.steppedAt()).toBe(Number.NEGATIVE_INFINITY)
    way.aheadMs += 60_000
    const sampled = time.sample()
    await clock.settle()
    await sampled
    expect(time.steppedAt()).toBe(time.now())
  })

  it('gives a stamp that is never before what it told already, however little time passes between two looks', async () => {
    const { clock, sample } = setUp()
    await sample()
    // A clock that moves on with each look, as a real one does.
    let looks = 0
    const moving = { ...clock, monotonic: () => clock.monotonic() + ++looks / 1000 }
    const time = createStoreTime(memoryStore({ clock }), moving)
    await time.sample()
    for (let i = 0; i < 100; i++) {
      const told = time.now()
      expect(await time.stamp()).toBeGreaterThanOrEqual(told)
    }
  })

  it('is read once per turn of the event loop for stamps', async () => {
    let reads = 0
    const counting = { ...systemClock, monotonic: () => ++reads }
    const time = createStoreTime(memoryStore(), counting)
    const readsBefore = reads
    const [one, two, three] = [time.turnNow(), time.turnNow(), time.turnNow()]
    expect([two, three]).toEqual([one, one])
    expect(reads).toBe(readsBefore + 1)
    await Promise.resolve()
    expect(time.turnNow()).toBe(one + 1)
  })

  it('that was read exactly in an earlier turn is read anew in a later one', async () => {
    const { clock, time } = setUp()
    time.now()
    await clock.advance(1000)
    expect(time.turnNow()).toBe(clock.now())
    time.now()
    await clock.advance(1000)
    expect(time.turnNow()).toBe(clock.now())
  })
})
