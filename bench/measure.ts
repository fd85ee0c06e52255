import { setImmediate as nextTurn } from 'node:timers/promises'

/** CPU time of this process so far in ms, collector and compiler threads included: nothing hides in a helper thread. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Starts to watch this thread; the answer is how long it was busy since, in ms. Both of the clocks that are fine enough say
 * too much, one when other processes take the core, the other when helper threads work: the lower one is nearer.
 */
export function startBusy(): () => number {
  const cpu = cpuMs()
  const wall = performance.now()
  return () => Math.min(performance.now() - wall, cpuMs() - cpu)
}

/** How often per CPU second `operations` in `ms` of CPU time are. */
export function perCpuSecond(operations: number, ms: number): { value: number; unit: string } {
  return { value: operations / (ms / 1000), unit: 'op/CPU s' }
}

/** Repeats `work` until it took `leastMs` of CPU time, for operations too short for one measurement. */
export async function repeat(
  leastMs: number,
  work: () => Promise<void> | void,
): Promise<{ readonly times: number; readonly ms: number }> {
  const from = cpuMs()
  let times = 0
  let ms = 0
  do {
    await work()
    times++
    ms = cpuMs() - from
  } while (ms < leastMs)
  return { times, ms }
}

/** Bytes that this process keeps after a full collection: heap, and buffers outside it (typed arrays count as ours too). */
export async function keptBytes(): Promise<number> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('run with --expose-gc')
  for (let i = 0; i < 4; i++) {
    gc()
    // Finalisers and the freeing of buffers run between turns.
    await nextTurn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Fails the run: a fast wrong answer is no figure. */
export function expectEqual(actual: number, expected: number, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`)
}

/** Equal numbers on each run and each side. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A random order of 0 … n − 1. */
export function shuffled(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = order[i] as number
    order[i] = order[j] as number
    order[j] = swapped
  }
  return order
}
