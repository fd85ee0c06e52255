import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** A timer of whoever armed it. */
interface PlatformTimer {
  readonly process: Process
  readonly timer: unknown
}

/** What a page's platform sends when the page has gone, by the process of the page. */
export const beacons = new WeakMap<object, (url: string, text: string) => boolean>()

/**
 * Runs with what the platform gives to pages that are given nothing else: time and timers are those of the process that
 * acts, randomness is drawn from the seed. Nobody but a process may ask for the time.
 */
export async function withoutPlatform<T>(world: World, random: Random, run: () => Promise<T>): Promise<T> {
  const acting = (): Process => {
    if (world.acting === null) throw new Error('code of nobody asks the platform for the time')
    return world.acting as Process
  }
  const before = { random: Math.random, now: Date.now, set: globalThis.setTimeout, clear: globalThis.clearTimeout }
  const navigator = globalThis.navigator as unknown as { sendBeacon?: unknown }
  Math.random = random.next
  Date.now = () => acting().clock.now()
  globalThis.setTimeout = ((callback: () => void, delayMs = 0): PlatformTimer => {
    const process = acting()
    return { process, timer: process.clock.setTimer(callback, delayMs) }
  }) as never
  globalThis.clearTimeout = ((armed: PlatformTimer | undefined) =>
    armed?.process.clock.clearTimer(armed.timer)) as never
  navigator.sendBeacon = (url: string, text: string) => beacons.get(acting())?.(url, text) ?? false
  try {
    return await run()
  } finally {
    Math.random = before.random
    Date.now = before.now
    globalThis.setTimeout = before.set
    globalThis.clearTimeout = before.clear
    delete navigator.sendBeacon
  }
}
