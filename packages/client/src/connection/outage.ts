import type { ClientClock } from '../clock.ts'

/** Adds up how long there was no connection, over all attempts. */
export interface Outage {
  /** @param isFirst What was before does not count any more. */
  begin(isFirst: boolean): void
  end(): void
}

/** @param onTrouble It has been `showMs` in all. */
export function createOutage(clock: ClientClock, showMs: number, onTrouble: () => void): Outage {
  let timer: unknown
  let downAt = 0
  let downMs = 0
  return {
    begin(isFirst) {
      if (isFirst) downMs = 0
      downAt = clock.now()
      timer = clock.setTimer(onTrouble, Math.max(0, showMs - downMs))
    },
    end() {
      downMs += clock.now() - downAt
      clock.clearTimer(timer)
    },
  }
}
