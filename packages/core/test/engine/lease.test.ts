import { describe, expect, it } from 'vitest'
import { createLease } from '../../src/engine/lease.ts'
import { createStoreTime } from '../../src/engine/store-time.ts'
import { memoryStore, type PresenceStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'

const LEASE_MS = 30_000
const RENEW_MS = 10_000
/** A sixth of the lease is left for a write under way. */
const MAY_WRITE_MS = 25_000

function setUp() {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  const way = { backMs: 0, aheadMs: 0 }
  const store: PresenceStore = {
    ...shelf,
    now: async () => (await shelf.now()) + way.aheadMs,
    async renewNode(...args) {
      const { backMs } = way
      const renewal = await shelf.renewNode(...args)
      if (backMs > 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, backMs))
      return renewal
    },
  }
  const time = createStoreTime(store, clock)
  let ids = 0
  const randomId = () => `n${++ids}`
  const rhythm = { nodeLeaseMs: LEASE_MS, renewEveryMs: RENEW_MS }
  return { clock, way, shelf, store, time, lease: createLease({ store, clock, time, rhythm, randomId }) }
}

describe('the fence', () => {
  it('stops nobody who never had a lease', async () => {
    const { clock, lease } = setUp()
    await clock.advance(10 * LEASE_MS)
    expect(lease.mayWrite()).toBe(true)
    expect(lease.age()).toBe(Number.POSITIVE_INFINITY)
  })

  it('falls while what is under way can still arrive before the lease is over', async () => {
    const { clock, lease } = setUp()
    await lease.renew()
    await clock.advance(MAY_WRITE_MS - 1)
    expect(lease.mayWrite()).toBe(true)
    await clock.advance(1)
    expect(lease.mayWrite()).toBe(false)
    await lease.renew()
    expect(lease.mayWrite()).toBe(true)
  })

  it('counts from when the renewal was sent, not from its answer', async () => {
    const { clock, way, lease } = setUp()
    way.backMs = 9000
    const renewing = lease.renew()
    await clock.advance(9000)
    await renewing
    expect(lease.age()).toBe(9000)
    await clock.advance(MAY_WRITE_MS - 9000)
    expect(lease.mayWrite()).toBe(false)
  })

  it('falls by the wall clock when the monotonic one stood still: the machine slept', async () => {
    const { clock, lease } = setUp()
    await lease.renew()
    clock.jump(MAY_WRITE_MS)
    expect(lease.mayWrite()).toBe(false)
    expect(lease.age()).toBe(MAY_WRITE_MS)
  })

  it('falls by the monotonic clock when somebody set the wall clock back', async () => {
    const { clock, lease } = setUp()
    await lease.renew()
    clock.jump(-3_600_000)
    await clock.advance(MAY_WRITE_MS)
    expect(lease.mayWrite()).toBe(false)
    expect(lease.age()).toBe(MAY_WRITE_MS)
  })

  it('does not fall sooner for an answer that came late, after that to a later renewal', async () => {
    const { clock, way, lease } = setUp()
    way.backMs = 8000
    const early = lease.renew()
    await clock.advance(5000)
    way.backMs = 0
    await lease.renew()
    await clock.advance(3000)
    await early
    expect(lease.age()).toBe(3000)
  })
})

describe('a killed lease', () => {
  it('stays dead, and does not raise the fence again', async () => {
    const { clock, shelf, lease } = setUp()
    await lease.renew()
    await shelf.removeNode(lease.nodeId)
    await clock.advance(MAY_WRITE_MS)
    expect(await lease.renew()).toMatchObject({ stands: false, isFirst: false })
    expect(lease.mayWrite()).toBe(false)
  })

  it('is followed by one under another name, which writes nothing until it stands', async () => {
    const { lease } = setUp()
    const { isFirst } = await lease.renew()
    const before = lease.nodeId
    lease.beginAnew()
    expect(lease.nodeId).not.toBe(before)
    expect(lease.mayWrite()).toBe(false)
    const renewals = [await lease.renew(), await lease.renew()]
    expect(lease.mayWrite()).toBe(true)
    expect([isFirst, ...renewals.map((renewal) => renewal.isFirst)]).toEqual([true, true, false])
  })

  it('gains nothing for the next name from an answer that was still on its way', async () => {
    const { clock, way, lease } = setUp()
    way.backMs = 1000
    const renewing = lease.renew()
    await clock.settle()
    lease.beginAnew()
    await clock.advance(1000)
    expect(await renewing).toMatchObject({ stands: true })
    expect(lease.mayWrite()).toBe(false)
  })
})

describe('a lease that is given up', () => {
  it('is ended in the store at once, and the process writes like one that never had any', async () => {
    const { clock, shelf, lease } = setUp()
    await lease.renew()
    const { nodeId } = lease
    await lease.giveUp()
    const now = clock.now()
    expect(await shelf.renewNode(nodeId, now + LEASE_MS, now, { afterMs: LEASE_MS, forMs: LEASE_MS })).toMatchObject({
      stands: false,
    })
    await clock.advance(10 * LEASE_MS)
    expect([lease.mayWrite(), lease.age(), lease.nodeId === nodeId]).toEqual([true, Number.POSITIVE_INFINITY, false])
  })
})

describe('a hold-off', () => {
  it('stands for one lease after nobody renewed for two periods', async () => {
    const { clock, lease } = setUp()
    await lease.renew()
    expect(lease.holdOffUntil()).toBe(0)
    await clock.advance(2 * RENEW_MS)
    await lease.renew()
    expect(lease.holdOffUntil()).toBe(clock.now() + LEASE_MS)
    await clock.advance(RENEW_MS)
    await lease.renew()
    expect(lease.holdOffUntil()).toBe(clock.now() + LEASE_MS - RENEW_MS)
    for (let passed = RENEW_MS; passed < LEASE_MS; passed += RENEW_MS) {
      await clock.advance(RENEW_MS)
      await lease.renew()
    }
    expect(lease.holdOffUntil()).toBe(0)
  })

  it('is expected by whoever could not renew for two periods, and moves on until it is known', async () => {
    const { clock, time, lease } = setUp()
    await lease.renew()
    await clock.advance(2 * RENEW_MS)
    expect(lease.holdOffUntil()).toBe(0)
    for (let seconds = 0; seconds < 60; seconds += 7) {
      await clock.advance(7000)
      expect(lease.holdOffUntil()).toBeGreaterThan(time.now())
    }
  })

  it('stands for one lease after store time stepped forward', async () => {
    const { clock, way, time, lease } = setUp()
    await lease.renew()
    await clock.advance(RENEW_MS)
    way.aheadMs = 15_000
    await lease.renew()
    expect(lease.holdOffUntil()).toBe(time.now() + LEASE_MS)
  })
})
