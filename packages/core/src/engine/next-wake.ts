import { type Policy, RECORD_FORMAT, type UserRecord, wakeAt } from '../machine/index.ts'

/**
 * When a node has to look after a record by itself: at its next deadline, or at `flushAt`, until which something that
 * nobody can see may wait. What must not end during a hold-off is looked at again when that is over.
 */
export function nextWake(
  record: UserRecord,
  flushAt: number | null,
  policy: Policy,
  nodeId: string,
  holdOffUntil: number,
): number | null {
  // Nobody executes what they do not understand.
  if (record.format > RECORD_FORMAT) return null
  let deadline = wakeAt(record, policy, nodeId)
  if (deadline !== null && deadline < holdOffUntil) {
    const before = wakeAt(record, policy, nodeId, true)
    // Without an end it is somebody else's turn.
    deadline = Number.isFinite(holdOffUntil) ? Math.min(holdOffUntil, before ?? holdOffUntil) : before
  }
  if (deadline === null || flushAt === null) return deadline ?? flushAt
  return Math.min(deadline, flushAt)
}
