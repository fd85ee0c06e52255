/** Waiting, working many at once, and saying what was measured. */

/** Repeats `holds` until it is true. @throws naming what did not come true within `withinMs`. */
export async function until(what: string, withinMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Works on all items, at most `limit` at once. */
export async function inFlight<T>(
  limit: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      await work(items[index] as T, index)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
}

/** So many user ids, all different. */
export const usersOf = (kind: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${kind}-${i}`)

const shown = (value: number | string) =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(1) : `${value}`

/** Prints what a test measured, in one line that begins with `figures`. */
export function printFigures(test: string, figures: Readonly<Record<string, number | string>>): void {
  const all = Object.entries(figures).map(([name, value]) => `${name} ${shown(value)}`)
  console.log(`figures · ${test}: ${all.join(', ')}`)
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
