/** A time as it is stored: `0` never, else the distance from a base that both sides know, or itself in a list of one. */
export type Stamp = number | readonly [number]

/** Short for what happened around the base, and the same number again for any other. */
export function toStamp(time: number, base: number): Stamp {
  if (time === 0) return 0
  const distance = time - base
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(base) || !Number.isSafeInteger(distance)) return [time]
  return distance < 0 ? distance : distance + 1
}

export function fromStamp(stamp: Stamp, base: number): number {
  if (typeof stamp !== 'number') return stamp[0]
  if (stamp === 0) return 0
  return stamp < 0 ? base + stamp : base + stamp - 1
}

export function toOptionalStamp(time: number | null, base: number): Stamp | null {
  return time === null ? null : toStamp(time, base)
}

export function fromOptionalStamp(stamp: Stamp | null, base: number): number | null {
  return stamp === null ? null : fromStamp(stamp, base)
}
