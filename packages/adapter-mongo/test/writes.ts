import { type Connection, emptyRecord, type IndexEntries, type UserRecord, type Write } from '@rollcall/core'

export interface WriteOptions {
  /** @default 1 */
  readonly version?: number
  /** @default null */
  readonly expected?: string | null
  readonly isForgotten?: boolean
  readonly nodes?: readonly string[]
  readonly spaces?: readonly string[]
  readonly wakeAt?: number | null
  /** Added to the record. */
  readonly connections?: readonly Connection[]
}

/** A write of a user who is online. Its `rev` is `writer:<version>`. */
export function writeOf(userId: string, options: WriteOptions = {}): Write {
  const { version = 1, expected = null, isForgotten = false, nodes = [], spaces = [], wakeAt = null } = options
  const epoch = Date.UTC(2026, 0, 1)
  const { connections = [] } = options
  const saved: UserRecord = {
    ...emptyRecord(userId),
    rev: `writer:${version}`,
    epoch,
    version,
    status: 'online',
    connections,
  }
  const record = isForgotten ? null : saved
  const real = { status: 'online', spaces } as const
  const index: IndexEntries | null = isForgotten ? null : { wakeAt, nodes, real, shown: real }
  const topics = [`user:${userId}`] as const
  return {
    userId,
    record,
    expected,
    writer: 'writer',
    index,
    topics,
    change: { userId, epoch, version, record, note: null },
  }
}
