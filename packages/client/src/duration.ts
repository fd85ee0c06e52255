/** A length of time: milliseconds, or a number with a unit, such as `'30s'`, `'5m'`, `'1h'`, `'30d'`, `'250ms'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`
