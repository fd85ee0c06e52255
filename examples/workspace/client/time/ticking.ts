import { useSyncExternalStore } from 'react'

/** One timer per rhythm, for however many labels; none while there are no labels. */
function createRhythm(everyMs: number) {
  const listeners = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  let now = Date.now()
  const tick = () => {
    now = Date.now()
    for (const listener of listeners) listener()
  }
  return {
    get: () => now,
    subscribe(listener: () => void) {
      if (listeners.size === 0) timer = setInterval(tick, everyMs)
      now = Date.now()
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) clearInterval(timer)
      }
    },
  }
}

const second = createRhythm(1_000)
const quarter = createRhythm(15_000)

/** This machine's clock, moving each second: for countdowns. */
export const useSecond = (): number => useSyncExternalStore(second.subscribe, second.get)

/** The same, moving four times a minute: for "5 min ago". */
export const useQuarterMinute = (): number => useSyncExternalStore(quarter.subscribe, quarter.get)
