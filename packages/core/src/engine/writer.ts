import {
  type Change,
  differsForOthers,
  emptyRecord,
  entriesOf,
  type Policy,
  type PublishedTopic,
  seal,
  showsAnything,
  topicsOf,
  type UserRecord,
} from '../machine/index.ts'
import type { Write } from '../store/contract.ts'
import type { Decision } from './decide.ts'
import { lastChange } from './last-change.ts'
import type { Lease } from './lease.ts'
import type { UserEntry } from './user-entry.ts'

/** What this engine tells other nodes of a change, besides the new state. */
export interface ChangeNote {
  readonly topics: readonly PublishedTopic[]
  /** The last visible change; `null` if nobody can see one. */
  readonly change: Change | null
}

/** Turns decisions into writes: each with a revision of its own, its index entries and what it publishes where. */
export interface Writer {
  write(entry: UserEntry, decision: Decision, now: number): Write
}

export function createWriter(lease: Lease, policy: Policy): Writer {
  let counter = 0
  let lastEpoch = 0

  const sealed = (stored: UserRecord | null, record: UserRecord, now: number): UserRecord => {
    const fresh = seal(stored, record, { rev: `${lease.nodeId}:${++counter}`, now, lastEpoch })
    if (fresh.version === 1) lastEpoch = fresh.epoch
    return fresh
  }

  return {
    write({ userId, stored: known, pending }, { record: decided, changes }, now) {
      const stored = known ?? null
      const record = decided === null ? null : sealed(stored, decided, now)
      if (record === null) lastEpoch = Math.max(lastEpoch, stored?.epoch ?? 0)
      // What a store lost and has again is news to whoever read it meanwhile, although it is what was there before; and
      // where it was seen before, this may be the end of it.
      const lost = lostOf(pending)
      const isEnd = stored === null && lost.some((state) => differsForOthers(state, record ?? emptyRecord(userId)))
      const visible = isEnd || changes.length > 0 || record === null || (stored === null && showsAnything(record))
      const touched = topicsOf(stored, record, lease.nodeId)
      const before = lost.flatMap((state) => topicsOf(state, null, lease.nodeId))
      const topics = publishedTo(before.length === 0 ? touched : [...new Set([...touched, ...before])], visible)
      const note: ChangeNote = { topics, change: lastChange(userId, stored, record, changes, now) }
      return {
        userId,
        record,
        expected: stored?.rev ?? null,
        writer: lease.nodeId,
        index: record === null ? null : entriesOf(record, policy),
        topics,
        change: {
          userId,
          epoch: record?.epoch ?? stored?.epoch ?? 0,
          version: record?.version ?? (stored?.version ?? 0) + 1,
          record,
          note,
        },
      }
    },
  }
}

/** States that a store lost, and that are to count again. */
function lostOf(pending: UserEntry['pending']): readonly UserRecord[] {
  const lost: UserRecord[] = []
  for (const { event } of pending) if (event.type === 'restore') lost.push(event.record)
  return lost
}

/**
 * Where a change is published: everywhere it can be seen, and to other nodes that hold connections of the user. One
 * that nobody can see goes to those alone.
 */
function publishedTo(topics: readonly PublishedTopic[], visible: boolean): readonly PublishedTopic[] {
  return visible ? topics : topics.filter((topic) => topic.startsWith('node:'))
}
