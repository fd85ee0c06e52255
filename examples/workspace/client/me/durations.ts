/** How long a choice may stand, in ms; 0 is until it is changed. */
export const DURATIONS: readonly (readonly [ms: number, label: string])[] = [
  [0, 'until I change it'],
  [15_000, 'for 15 seconds'],
  [30 * 60_000, 'for 30 minutes'],
  [60 * 60_000, 'for an hour'],
  [4 * 3_600_000, 'for 4 hours'],
  [24 * 3_600_000, 'for a day'],
]

/** Options of a client call: `for` only if it ends. */
export const lastingFor = (ms: number) => (ms === 0 ? {} : { for: ms })
