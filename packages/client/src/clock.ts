/** Time as the client needs it; the shape of `Clock` in `@rollcall/core`. */
export interface ClientClock {
  /** Wall-clock time in ms since 1970; may jump. */
  now(): number
  setTimer(callback: () => void, delayMs: number): unknown
  clearTimer(handle: unknown): void
}

/** The platform's clock and timers. */
export const systemClock: ClientClock = {
  now: Date.now,
  // Longer than this a timer cannot be; it would fire at once.
  setTimer: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1)),
  clearTimer: (handle) => clearTimeout(handle as number),
}
