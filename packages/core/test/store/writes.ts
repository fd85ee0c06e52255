import {
  emptyRecord,
  type IndexEntries,
  type PublishedTopic,
  type Standing,
  type UserRecord,
} from '../../src/machine/index.ts'
import type { FeedChange, FeedListener, FeedSignal, Write } from '../../src/store/contract.ts'

const HERE: Standing = { status: 'online', spaces: [] }

/** What {@link writeOf} saves a version under. */
export const revOf = (version: number) => `w:${version}`

/** A write of a user who is online; `rev` is `w:<version>` and the one before is expected. */
export function writeOf(
  userId: string,
  version = 1,
  options: { readonly index?: Partial<IndexEntries>; readonly topics?: readonly PublishedTopic[] } = {},
): Write {
  const record: UserRecord = { ...emptyRecord(userId), rev: revOf(version), version }
  return {
    userId,
    record,
    expected: version === 1 ? null : revOf(version - 1),
    writer: 'w',
    index: { wakeAt: null, nodes: [], shown: HERE, real: HERE, ...options.index },
    topics: options.topics ?? [],
    change: { userId, epoch: 0, version, record, note: null },
  }
}

/** A write that forgets the user, as {@link writeOf} saved it last. */
export function forgetOf(userId: string, version = 1): Write {
  const change = { userId, epoch: 0, version: version + 1, record: null, note: null }
  return { userId, record: null, expected: revOf(version), writer: 'w', index: null, topics: [], change }
}

/** A listener that writes down what it hears, call by call. */
export function recorder(): FeedListener & {
  readonly batches: (readonly FeedChange[])[]
  readonly signals: FeedSignal[]
} {
  const batches: (readonly FeedChange[])[] = []
  const signals: FeedSignal[] = []
  return {
    batches,
    signals,
    onChanges: (changes) => void batches.push(changes),
    onSignal: (signal) => void signals.push(signal),
    onGap() {},
  }
}
