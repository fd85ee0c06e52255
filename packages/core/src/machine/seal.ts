import type { UserRecord } from './record.ts'

/**
 * The record as it is stored: a revision nobody else ever writes, and a version one above the one it replaces. A
 * record created anew, or restored after its store lost the newest states of it, gets a higher epoch than any before,
 * so that feeds order by (epoch, version) across a forget and across a loss.
 */
export function seal(
  before: UserRecord | null,
  next: UserRecord,
  stamp: { readonly rev: string; readonly now: number; readonly lastEpoch: number },
): UserRecord {
  if (before !== null && next.epoch === before.epoch) {
    return { ...next, rev: stamp.rev, epoch: before.epoch, version: before.version + 1 }
  }
  return { ...next, rev: stamp.rev, epoch: Math.max(stamp.now, stamp.lastEpoch + 1, next.epoch), version: 1 }
}

/** Whether state `a` of one user is newer than state `b`. */
export function isNewer(
  a: { readonly epoch: number; readonly version: number },
  b: { readonly epoch: number; readonly version: number },
): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version)
}
