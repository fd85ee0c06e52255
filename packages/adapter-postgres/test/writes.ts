import { emptyRecord, type IndexEntries, type PublishedTopic, type UserRecord, type Write } from '@rollcall/core'

/** What a test says of a write; everything else is filled in. */
interface Sample {
  readonly userId: string
  /** @default 1 */
  readonly version?: number
  /** @default nowhere */
  readonly spaces?: readonly string[]
  /** @default none */
  readonly nodes?: readonly string[]
  /** @default null */
  readonly wakeAt?: number | null
  /** @default 'writer' */
  readonly writer?: string
  /** @default the user's and those of the spaces */
  readonly topics?: readonly PublishedTopic[]
  readonly record?: Partial<UserRecord>
}

/** The write that makes an online user, or the next version of one. */
export function writeOf(sample: Sample): Write {
  const { userId, version = 1, spaces = [], nodes = [], wakeAt = null, writer = 'writer' } = sample
  const record: UserRecord = {
    ...emptyRecord(userId),
    rev: `${userId}:${version}`,
    epoch: 1,
    version,
    status: 'online',
    ...sample.record,
  }
  const standing = { status: 'online', spaces } as const
  const index: IndexEntries = { wakeAt, nodes, real: standing, shown: standing }
  const topics = sample.topics ?? [`user:${userId}` as const, ...spaces.map((space) => `space:${space}` as const)]
  const change = { userId, epoch: 1, version, record, note: null }
  return { userId, record, expected: version === 1 ? null : `${userId}:${version - 1}`, writer, index, topics, change }
}
