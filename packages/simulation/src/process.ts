import { type Clock, MAX_DELAY_MS } from '@rollcall/core'
import type { Owner, World, WorldEvent } from './world.ts'

/** The wall clocks of a world at rest show this at its beginning. */
export const BEGINNING = Date.UTC(2026, 0, 1)

/** What a stall does to the monotonic clock: a busy loop lets it run, a suspended machine stops it. */
export type MonotonicInStall = 'runs' | 'stands'

/** A server node or a page: whatever runs code, with clocks of its own. */
export interface Process extends Owner {
  readonly name: string
  readonly clock: Clock
  /** When something sent now leaves: after the stall, if one just began. */
  readonly departsAt: number
  /** When it died; infinite while it lives. */
  readonly deadAt: number
  /** Timers that are armed. */
  readonly timers: number
  /** Nothing of it runs for `ms`: timers, deliveries and answers wait. */
  stall(ms: number, monotonic: MonotonicInStall): void
  /** Nothing of it ever runs again. What it sent is on its way. */
  kill(): void
  /** Somebody set the wall clock. */
  setWall(byMs: number): void
}

export function createProcess(world: World, name: string): Process {
  const timers = new Set<WorldEvent>()
  let deadAt = Number.POSITIVE_INFINITY
  let stalledUntil = 0
  /** How long the monotonic clock stood, and since when it stands. */
  let stood = 0
  let standsFrom = 0
  let standsUntil = 0
  let wallOffset = BEGINNING

  const monotonic = () => {
    const standing = Math.max(0, Math.min(world.now, standsUntil) - standsFrom)
    return world.now - stood - standing
  }
  /** A timer waits for the monotonic clock. */
  const arm = (due: number, handle: { event: WorldEvent | null }, callback: () => void) => {
    const event = world.at(world.now + Math.max(0, due - monotonic()), { owner: process, what: name }, () => {
      timers.delete(event)
      if (monotonic() < due) arm(due, handle, callback)
      else callback()
    })
    handle.event = event
    timers.add(event)
  }
  const process: Process = {
    name,
    get dead() {
      return deadAt <= world.now
    },
    get deadAt() {
      return deadAt
    },
    get stalledUntil() {
      return stalledUntil
    },
    get departsAt() {
      return Math.max(world.now, stalledUntil)
    },
    get timers() {
      return timers.size
    },
    clock: {
      now: () => world.now + wallOffset,
      monotonic,
      setTimer(callback, delayMs) {
        const handle: { event: WorldEvent | null } = { event: null }
        if (!process.dead) arm(monotonic() + Math.min(Math.max(Math.ceil(delayMs), 0), MAX_DELAY_MS), handle, callback)
        return handle
      },
      clearTimer(handle) {
        const event = (handle as { event: WorldEvent | null } | undefined)?.event ?? null
        if (event === null) return
        event.cancel()
        timers.delete(event)
      },
    },
    stall(ms, how) {
      // What waits for the end of one stall would be overtaken by what comes in during a longer one.
      if (world.now < stalledUntil) return
      const from = world.now
      stalledUntil = from + ms
      if (how === 'runs') return
      if (world.now < standsUntil) {
        standsUntil = stalledUntil
        return
      }
      stood += Math.max(0, Math.min(world.now, standsUntil) - standsFrom)
      standsFrom = from
      standsUntil = stalledUntil
    },
    kill() {
      deadAt = Math.min(deadAt, world.now)
      for (const event of timers) event.cancel()
      timers.clear()
    },
    setWall(byMs) {
      wallOffset += byMs
    },
  }
  return process
}
