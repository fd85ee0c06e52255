import type { Clock } from './time/clock.ts'

/**
 * What was noted of many keys in the last while. A note is kept for at least `forMs` and at most twice that; there are
 * never more than about twice `most` of them, the oldest go first. No timer, and nothing to sweep.
 */
export interface Recent<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  readonly size: number
}

export function createRecent<V>(clock: Pick<Clock, 'monotonic'>, forMs: number, most = 100_000): Recent<V> {
  let current = new Map<string, V>()
  let previous = new Map<string, V>()
  let turnedAt = clock.monotonic()
  const turn = () => {
    const now = clock.monotonic()
    const age = now - turnedAt
    if (age < forMs && current.size < most) return
    previous = age < 2 * forMs ? current : new Map()
    current = new Map()
    turnedAt = now
  }
  return {
    get(key) {
      turn()
      return current.get(key) ?? previous.get(key)
    },
    set(key, value) {
      turn()
      previous.delete(key)
      current.set(key, value)
    },
    delete(key) {
      current.delete(key)
      previous.delete(key)
    },
    get size() {
      return current.size + previous.size
    },
  }
}
