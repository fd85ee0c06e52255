import { PresenceError } from '../errors.ts'
import type { PresenceStore } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'

/** Store time as this node knows it: the one clock that all stamps and deadlines use. */
export interface StoreTime {
  /** Store time in whole ms. Never falls. Before the first sample: the local wall clock. */
  now(): number
  /** Like `now`, read at most once per turn of the event loop, for stamps taken on a hot path. */
  turnNow(): number
  /** Store time of the last step forward that the monotonic clock knows nothing of; negative infinity: never. */
  steppedAt(): number
  /** Like `now` at the moment of the call, measured first if it never was, or not lately: by a process that holds no lease. Rejects if the store does. */
  stamp(): Promise<number>
  /** Measures the offset to the store's clock anew. Rejects if the store does. */
  sample(): Promise<void>
}

/** A sample that took longer says too little. */
const MAX_ROUND_TRIP_MS = 1000
const MAX_TRIES = 3
/** Clocks drift apart by less than a stamp could tell within this time. */
const OLD_MS = 60_000
/** The best of this many samples counts, so that one lopsided answer moves nothing. */
const KEPT_SAMPLES = 8
/** Samples that differ by more than their round trips explain were measured on two clocks: one of them was set, or stood still. */
const STEP_MS = 500
/** Drift and rounding aside, wall and monotonic clock part only when one of them jumps or the machine sleeps. */
const PARTED_MS = 1000

interface Sample {
  readonly roundTrip: number
  readonly offset: number
}

/** Counts with the monotonic clock from the sample with the least round trip, so that a jump of the wall clock changes nothing. */
export function createStoreTime(store: PresenceStore, clock: Clock): StoreTime {
  let samples: Sample[] = []
  let offset = clock.now() - clock.monotonic()
  /** Between wall and monotonic clock, when the samples were taken. */
  let wallOffset = offset
  let highest = 0
  let turn = -1
  let steppedAt = Number.NEGATIVE_INFINITY
  let remeasuring = false
  let sampledAt = 0

  const now = () => {
    const monotonic = clock.monotonic()
    const time = Math.floor(monotonic + offset)
    // Until it was measured it is the local wall clock, which may be ahead: that must not hold back what is measured.
    if (samples.length === 0) return time
    if (!remeasuring && Math.abs(clock.now() - monotonic - wallOffset) > PARTED_MS) remeasure()
    highest = Math.max(highest, time)
    if (turn >= 0) turn = highest
    return highest
  }
  /** The machine slept, or somebody set its clock: what was measured before may say too little. */
  const remeasure = () => {
    remeasuring = true
    storeTime
      .sample()
      // The next renewal tries again, and reports.
      .catch(() => {})
      .finally(() => {
        remeasuring = false
      })
  }
  const forgetTurn = () => {
    turn = -1
  }
  /** Samples from before a suspend, or from before somebody set a clock, say nothing any more. */
  const dropOutdated = (fresh: Sample) => {
    const wall = clock.now() - clock.monotonic()
    if (Math.abs(wall - wallOffset) > PARTED_MS) samples = []
    wallOffset = wall
    const isStep = (old: Sample) =>
      Math.abs(fresh.offset - old.offset) > STEP_MS + (fresh.roundTrip + old.roundTrip) / 2
    if (samples.some(isStep)) samples = []
  }
  const take = (fresh: Sample) => {
    sampledAt = clock.monotonic()
    const isFirst = samples.length === 0
    const before = offset
    dropOutdated(fresh)
    samples = [...samples, fresh].slice(-KEPT_SAMPLES)
    offset = samples.reduce((best, sample) => (sample.roundTrip < best.roundTrip ? sample : best)).offset
    if (!isFirst && offset - before > STEP_MS + fresh.roundTrip) steppedAt = now()
  }
  const storeTime: StoreTime = {
    now,
    turnNow() {
      if (turn >= 0) return turn
      queueMicrotask(forgetTurn)
      turn = now()
      return turn
    },
    steppedAt: () => steppedAt,
    async stamp() {
      const asked = clock.monotonic()
      // What it is told is never before what was told already.
      const told = samples.length === 0 ? 0 : now()
      if (samples.length === 0) await storeTime.sample()
      else if (clock.monotonic() - sampledAt > OLD_MS) await storeTime.sample().catch(() => {})
      // When it was asked for, however long the answer took.
      return Math.max(told, Math.floor(asked + offset))
    },
    async sample() {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const sent = clock.monotonic()
        const wallOffsetBefore = clock.now() - sent
        const answer = await store.now()
        const received = clock.monotonic()
        const roundTrip = received - sent
        if (roundTrip > MAX_ROUND_TRIP_MS && (samples.length > 0 || tries < MAX_TRIES - 1)) {
          if (samples.length > 0) return
          continue
        }
        // The machine slept on the way, and the answer is old.
        if (Math.abs(clock.now() - received - wallOffsetBefore) > PARTED_MS) continue
        return take({ roundTrip, offset: answer - (sent + received) / 2 })
      }
    },
  }
  return storeTime
}

/** Store time in ms, also in a process that was never started and has not measured it yet. Rejects with `unavailable`. */
export function stampOf(time: StoreTime): Promise<number> {
  return time.stamp().catch((error: unknown) => {
    throw new PresenceError('unavailable', 'the store did not answer; try again', {}, error)
  })
}
