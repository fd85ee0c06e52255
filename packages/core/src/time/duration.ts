import { PresenceError } from '../errors.ts'

/** A length of time: milliseconds, or a number with a unit, such as `'30s'`, `'5m'`, `'1h'`, `'30d'`, `'250ms'`. */
export type Duration = number | `${number}${Unit}`

type Unit = keyof typeof UNITS

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a duration. `name` is the setting that the error message blames. */
export function toMs(duration: Duration, name: string): number {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null
  const ms = match === null ? Number(duration) : Number(match[1]) * UNITS[match[2] as Unit]
  if (typeof duration === 'string' && match === null) refuse(duration, name)
  if (!Number.isFinite(ms) || ms < 0) refuse(duration, name)
  return ms
}

function refuse(value: unknown, name: string): never {
  throw new PresenceError(
    'invalid-option',
    `${name} is ${JSON.stringify(value)}; give milliseconds from 0, or a number with a unit such as '30s', '5m', '1h' or '30d'`,
    { option: name, value },
  )
}
