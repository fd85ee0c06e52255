import type { PresenceStore } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'

/** Store time as this node knows it: the one clock that all stamps and deadlines use. */
export interface StoreTime {
  /** Store time in whole ms. Never falls. Before the first sample: the local wall clock. */
  now(): number
  /** Like `now`, read at most once per turn of the event loop, for stamps taken on a hot path. */
  turnNow(): number
  /** Measures the offset to the store's clock anew. Rejects if the store does. */
  sample(): Promise<void>
}

/** A sample that took longer says too little. */
const MAX_ROUND_TRIP_MS = 1000
/** The best of this many samples counts, so that one lopsided answer moves nothing. */
const KEPT_SAMPLES = 8

/** Counts with the monotonic clock from the sample with the least round trip, so that a jump of the wall clock changes nothing. */
export function createStoreTime(store: PresenceStore, clock: Clock): StoreTime {
  let samples: { readonly roundTrip: number; readonly offset: number }[] = []
  let offset = clock.now() - clock.monotonic()
  let highest = 0
  let turn = -1

  const now = () => {
    highest = Math.max(highest, Math.floor(clock.monotonic() + offset))
    if (turn >= 0) turn = highest
    return highest
  }
  const forgetTurn = () => {
    turn = -1
  }
  return {
    now,
    turnNow() {
      if (turn >= 0) return turn
      queueMicrotask(forgetTurn)
      turn = now()
      return turn
    },
    async sample() {
      const sent = clock.monotonic()
      const answer = await store.now()
      const received = clock.monotonic()
      const roundTrip = received - sent
      if (roundTrip > MAX_ROUND_TRIP_MS) return
      samples = [...samples, { roundTrip, offset: answer - (sent + received) / 2 }].slice(-KEPT_SAMPLES)
      offset = samples.reduce((best, sample) => (sample.roundTrip < best.roundTrip ? sample : best)).offset
    },
  }
}
