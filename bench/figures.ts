/** One line of `--json`. `ratio` is ours / baseline of the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline: number | null
  readonly ratio: number | null
  /** The size the figure was measured at: users, or deadlines. */
  readonly n: number
}

/** What one run of one side measured, by name of the figure. */
export type Measures = Record<string, Measure>

export interface Measure {
  readonly value: number
  readonly unit: string
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values to take a median of')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** How far the runs lie apart, as a share of their median: whether a figure can be trusted. */
export function spread(values: readonly number[]): number {
  return values.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) / Math.abs(median(values) || 1)
}

/** Three significant digits, thousands separated. */
export function readable(value: number): string {
  if (Math.abs(value) < 1e-9) return '0'
  const digits = Math.min(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))), 9)
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 })
}
