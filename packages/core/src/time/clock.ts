/** Handle of an armed timer, opaque to its user. */
export type TimerHandle = unknown

/**
 * Where time comes from; one per engine or client, never a process singleton. A timer never fires early, and never
 * inside the call that arms it.
 */
export interface Clock {
  /** Wall-clock time in ms since 1970; may jump. */
  now(): number
  /** Time in ms from an arbitrary origin; never jumps back, may stand still during suspend. */
  monotonic(): number
  /** Calls `callback` once after `delayMs`, clamped to 2^31 − 1 ms. Does not keep a process alive by itself. */
  setTimer(callback: () => void, delayMs: number): TimerHandle
  clearTimer(handle: TimerHandle): void
}

/** Longest delay a timer of the platform can take; longer ones would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer: unknown = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS))
    // Node's timers keep the process alive unless told otherwise; browsers return a number.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return timer
  },
  clearTimer(handle) {
    clearTimeout(handle as Parameters<typeof clearTimeout>[0])
  },
}
