/** A time as it is stored: `0` never, else the distance from the record's epoch, or itself in a list of one. */
export type Stamp = number | readonly [number]

/** Short for what happened around the record's creation, and the same number again for any other. */
export function toStamp(time: number, epoch: number): Stamp {
  if (time === 0) return 0
  const distance = time - epoch
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(distance)) return [time]
  return distance < 0 ? distance : distance + 1
}

export function fromStamp(stamp: Stamp, epoch: number): number {
  if (typeof stamp !== 'number') return stamp[0]
  if (stamp === 0) return 0
  return stamp < 0 ? epoch + stamp : epoch + stamp - 1
}

export function toOptionalStamp(time: number | null, epoch: number): Stamp | null {
  return time === null ? null : toStamp(time, epoch)
}

export function fromOptionalStamp(stamp: Stamp | null, epoch: number): number | null {
  return stamp === null ? null : fromStamp(stamp, epoch)
}
