const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From the largest on, with the age in ms from which each is used. */
const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const

const cache = new Map<string, unknown>()

/** Making a formatter costs some 35 times as much as using one. */
function cached<T>(kind: string, locale: string | undefined, make: () => T): T {
  const key = `${kind} ${locale}`
  if (!cache.has(key)) cache.set(key, make())
  return cache.get(key) as T
}

/** “now” below a minute and for a time to come, then “5 minutes ago” up to years, in the words of `locale`. */
export function ageText(ageMs: number, locale?: string): string {
  const unit = UNITS.find(([, ms]) => ageMs >= ms)
  const numeric = unit ? 'always' : 'auto'
  const format = cached(numeric, locale, () => new Intl.RelativeTimeFormat(locale, { numeric }))
  return unit ? format.format(-Math.floor(ageMs / unit[1]), unit[0]) : format.format(0, 'second')
}

/** How long `ageText` stays the same, in ms. */
export function unchangedForMs(ageMs: number): number {
  const at = UNITS.findIndex(([, ms]) => ageMs >= ms)
  if (at < 0) return MINUTE - ageMs
  const ms = UNITS[at]?.[1] ?? DAY
  return Math.min((Math.floor(ageMs / ms) + 1) * ms, UNITS[at - 1]?.[1] ?? Number.POSITIVE_INFINITY) - ageMs
}

/** Date and time in the words of `locale` and the time zone of this machine. */
export function localText(time: number, locale?: string): string {
  const options = { dateStyle: 'long', timeStyle: 'short' } as const
  return cached('date', locale, () => new Intl.DateTimeFormat(locale, options)).format(time)
}

/** Date and time in UTC, the same on every machine: `2026-01-31 14:05 UTC`. */
export function absoluteText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
