import { emptyRecord, type FeedChange, type UserRecord, type Write, type WriteResult } from '@rollcall/core'

/** What a later version of the library writes, as far as the others know: its records hold the same, and nobody older may execute them. */
const FORMAT = emptyRecord('').format
const LATER_FORMAT = FORMAT + 1

/** A record as the later version stores it. */
export function later<R extends UserRecord | null>(record: R): R {
  return record === null ? record : { ...record, format: LATER_FORMAT }
}

/** A record as the version knows it that can execute both. */
export function known<R extends UserRecord | null>(record: R): R {
  return record?.format === LATER_FORMAT ? { ...record, format: FORMAT } : record
}

export function isLater(record: UserRecord | null): boolean {
  return record?.format === LATER_FORMAT
}

export function laterWrite(write: Write): Write {
  const record = later(write.record)
  return { ...write, record, change: { ...write.change, record } }
}

export function knownChange(change: FeedChange): FeedChange {
  return { ...change, record: known(change.record) }
}

export function knownResult(result: WriteResult): WriteResult {
  return !result.ok && result.reason === 'conflict' ? { ...result, standing: known(result.standing) } : result
}
