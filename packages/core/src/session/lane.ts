/** Runs steps one after the other, in the order they came. */
export interface Lane {
  /** Runs `step` at once if nothing is under way, else after what is. `false`: too many wait, it will not run. */
  run(step: () => void | Promise<void>): boolean
  /** Forgets what waits. */
  clear(): void
}

/**
 * @param maxWaiting Steps that may wait.
 * @param onError A step failed; the next one runs all the same.
 */
export function createLane(maxWaiting: number, onError: (error: unknown) => void): Lane {
  let waiting: (() => void | Promise<void>)[] = []
  let underway = false

  const next = () => {
    underway = false
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      start(step)
      if (underway) return
    }
  }
  const start = (step: () => void | Promise<void>) => {
    try {
      const work = step()
      if (work === undefined) return
      underway = true
      work.catch(onError).then(next)
    } catch (error) {
      onError(error)
    }
  }
  return {
    run(step) {
      if (!underway) start(step)
      else if (waiting.length < maxWaiting) waiting.push(step)
      else return false
      return true
    },
    clear() {
      waiting = []
    },
  }
}
