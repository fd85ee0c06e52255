/** Many ordered sources read as one. */
export interface Merge<S, T> {
  readonly sources: readonly S[]
  /** The next items of each source asked for, at most `count` each, from behind the item given. */
  fetch(
    asked: readonly { readonly source: S; readonly after: T | null }[],
    count: number,
  ): Promise<readonly (readonly T[])[]>
  compare(a: T, b: T): number
  /** Leaves out what does not belong; what sources have twice is left out by itself. @default all */
  accepts?(item: T): boolean
}

interface Reading<S, T> {
  readonly source: S
  items: readonly T[]
  at: number
  isDone: boolean
}

/** Read from each source at once, besides its share of the page. */
const AHEAD = 4
/** Of a filter that lets little pass, more is read at once with each round. */
const MOST = 1_000

/**
 * The first `limit` items of all sources together, in order, and whether there are more. What is read in vain is a few
 * items per source, for nobody knows from which of them the next ones come.
 */
export async function mergePage<S, T>(
  merge: Merge<S, T>,
  limit: number,
): Promise<{ readonly items: readonly T[]; readonly hasMore: boolean }> {
  const { compare, accepts = () => true } = merge
  const readings = merge.sources.map((source): Reading<S, T> => ({ source, items: [], at: 0, isDone: false }))
  const items: T[] = []
  let count = Math.min(Math.ceil((limit + 1) / Math.max(readings.length, 1)) + AHEAD, limit + 1)
  for (;;) {
    const empty = readings.filter(({ items: read, at, isDone }) => !isDone && at === read.length)
    if (empty.length > 0) {
      const asked = empty.map(({ source, items: read }) => ({ source, after: read.at(-1) ?? null }))
      const answers = await merge.fetch(asked, count)
      for (const [i, reading] of empty.entries()) {
        reading.items = answers[i] as readonly T[]
        reading.at = 0
        reading.isDone = reading.items.length < count
      }
      count = Math.min(2 * count, MOST)
      continue
    }
    const next = takeSmallest(readings, compare, (item) => {
      const last = items.at(-1)
      if ((last !== undefined && compare(last, item) === 0) || !accepts(item)) return true
      if (items.length === limit) return false
      items.push(item)
      return true
    })
    if (next === 'full') return { items, hasMore: true }
    if (next === 'end') return { items, hasMore: false }
  }
}

/** Hands over the smallest items until one is refused, all are read, or a source has to be asked again. */
function takeSmallest<S, T>(
  readings: readonly Reading<S, T>[],
  compare: (a: T, b: T) => number,
  take: (item: T) => boolean,
): 'full' | 'end' | 'empty' {
  const open = readings.filter(({ items, at }) => at < items.length)
  const head = ({ items, at }: Reading<S, T>) => items[at] as T
  open.sort((a, b) => compare(head(a), head(b)))
  while (open.length > 0) {
    const first = open[0] as Reading<S, T>
    if (!take(head(first))) return 'full'
    first.at++
    open.shift()
    if (first.at < first.items.length) insert(open, first, (a, b) => compare(head(a), head(b)))
    else if (!first.isDone) return 'empty'
  }
  return 'end'
}

function insert<R>(ordered: R[], reading: R, compare: (a: R, b: R) => number): void {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(ordered[middle] as R, reading) < 0) low = middle + 1
    else high = middle
  }
  ordered.splice(low, 0, reading)
}
