const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A length of time: milliseconds, or a number with a unit, such as `'30s'`, `'5m'`, `'1h'`, `'30d'`, `'250ms'`. */
export type Duration = number | `${number}${keyof typeof UNITS}`

/** Milliseconds of a duration. Throws a `RangeError` that names what is none. */
export function toMs(duration: Duration): number {
  const [, number, unit = 'ms'] = /^([\d.]+)(ms|[smhd])?$/.exec(`${duration}`) ?? []
  if (!number) throw new RangeError(`${duration} is no duration such as 500, '30s' or '5m'`)
  return +number * UNITS[unit as keyof typeof UNITS]
}
