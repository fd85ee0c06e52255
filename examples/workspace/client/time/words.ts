const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const clockSeconds = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

/** "12 min", "1 h 05": how long something has lasted. */
export function lasting(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 1) return '< 1 min'
  if (minutes < 60) return `${minutes} min`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`
  return `${Math.floor(minutes / 1440)} d`
}

/** "1:05", for countdowns. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** A duration as a policy names it: "5 minutes", "1 second". */
export function duration(ms: number): string {
  const [unit, n] = ms >= 60_000 ? ['minute', ms / 60_000] : ['second', ms / 1000]
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  }).format(Number(n))
}

export const timeOfDay = (at: number) => clock.format(at)
export const timeToTheSecond = (at: number) => clockSeconds.format(at)
export const wholeTime = (at: number) => full.format(at)

/** What the clock on the wall says there. */
export const timeIn = (timeZone: string, at: number) =>
  new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', timeZone }).format(at)
