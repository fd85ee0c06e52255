import { PresenceError } from '../errors.ts'

/** A length of time: milliseconds, or a number with a unit, such as `'30s'`, `'5m'`, `'1h'`, `'30d'`, `'250ms'`. */
export type Duration = number | `${number}${Unit}`

type Unit = keyof typeof UNITS

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a duration. `name` is the setting that the error message blames. */
export function toMs(duration: Duration, name: string): number {
  const ms: unknown = typeof duration === 'string' ? parsed(duration) : duration
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) refuse(duration, name)
  return ms
}

function parsed(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  return match === null ? Number.NaN : Number(match[1]) * UNITS[match[2] as Unit]
}

function refuse(value: unknown, name: string): never {
  // JSON has no NaN and no Infinity: it would blame `null`.
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value)
  throw new PresenceError(
    'invalid-option',
    `${name} is ${shown}; give milliseconds from 0, or a number with a unit such as '30s', '5m', '1h' or '30d'`,
    { option: name, value },
  )
}
