import { hashRev, PresenceError, type UserRecord, type Write, type WriteResult } from '@rollcall/core'
import type { AnyBulkWriteOperation } from 'mongodb'
import type { Collections, UserDocument } from './collections.ts'
import { createNames, encodeFeed } from './feed-text.ts'
import { placesOf } from './places.ts'
import { DUPLICATE_KEY, refusedOf } from './refused.ts'

/** Records, and compare-and-set on them. */
export interface Saves {
  load(userIds: readonly string[]): Promise<readonly (UserRecord | null)[]>
  save(writes: readonly Write[]): Promise<readonly WriteResult[]>
}

/** A write in the form it is sent and published in. */
export interface EncodedWrite {
  readonly write: Write
  readonly feed: string
  readonly record: string | null
}

/** MongoDB's own limit, on documents and on events of change streams, is 16 MiB; a document takes more than its record. */
const MAX_BYTES = 7 * 1024 * 1024

/** Of a write that found no such document and must not create one; see {@link operationOf}. */
const IMMUTABLE_FIELD = 66

const SAVED: WriteResult = { ok: true }

/** @param publish What is to be done with accepted writes, where change streams do not do it. */
export function createSaves(
  { users }: Collections,
  publish: (accepted: readonly EncodedWrite[]) => Promise<void>,
): Saves {
  const nextName = createNames()

  const load: Saves['load'] = async (userIds) => {
    if (userIds.length === 0) return []
    const found = await users.find({ _id: { $in: [...new Set(userIds)] } }, { projection: { record: 1 } }).toArray()
    const records = new Map(found.map(({ _id, record }) => [_id, record]))
    return userIds.map((userId) => {
      const record = records.get(userId)
      return record === undefined ? null : (JSON.parse(record) as UserRecord)
    })
  }
  /** At most one write for each user. */
  const saveRound = async (round: readonly EncodedWrite[]): Promise<readonly WriteResult[]> => {
    const refused = await refusedOf(
      () => users.bulkWrite(round.map(operationOf), { ordered: false, ignoreUndefined: false }),
      [IMMUTABLE_FIELD, DUPLICATE_KEY],
    )
    const accepted = refused.size === 0 ? round : round.filter((_, i) => !refused.has(i))
    if (accepted.length > 0) await publish(accepted)
    if (refused.size === 0) return round.map(() => SAVED)
    const userIds = [...refused].map((i) => (round[i] as EncodedWrite).write.userId)
    const standing = await load(userIds)
    const standingOf = new Map(userIds.map((userId, i) => [userId, standing[i] ?? null]))
    return round.map(({ write }, i) =>
      refused.has(i)
        ? { ok: false, reason: 'conflict', standing: standingOf.get(write.userId) as UserRecord | null }
        : SAVED,
    )
  }

  return {
    load,
    async save(writes) {
      const results = new Array<WriteResult>(writes.length)
      const encoded = writes.map((write) => encode(write, nextName()))
      for (const round of roundsOf(writes)) {
        const outcome = await saveRound(round.map((i) => encoded[i] as EncodedWrite))
        for (const [position, i] of round.entries()) results[i] = outcome[position] as WriteResult
      }
      return results
    },
  }
}

/** Positions of the writes, in as few rounds as there are writes of one user: those come one after the other. */
function roundsOf(writes: readonly Write[]): readonly (readonly number[])[] {
  const rounds: number[][] = []
  const times = new Map<string, number>()
  for (const [i, { userId }] of writes.entries()) {
    const round = times.get(userId) ?? 0
    times.set(userId, round + 1)
    if (round === rounds.length) rounds.push([])
    ;(rounds[round] as number[]).push(i)
  }
  return rounds
}

function encode(write: Write, name: string): EncodedWrite {
  const feed = encodeFeed(name, write)
  const record = write.record === null ? null : JSON.stringify(write.record)
  const length = feed.length + (record?.length ?? 0)
  // A character has at most three bytes.
  if (3 * length > MAX_BYTES) {
    const bytes = Buffer.byteLength(feed) + Buffer.byteLength(record ?? '')
    if (bytes > MAX_BYTES) {
      throw new PresenceError(
        'limit-exceeded',
        `the record of ${write.userId} has ${bytes} bytes; at most ${MAX_BYTES} can be stored: give fewer connections or smaller states`,
        { userId: write.userId, bytes, limit: MAX_BYTES },
      )
    }
  }
  return { write, feed, record }
}

/**
 * One compare-and-set. A bulk write answers with totals, by which nobody knows which of its writes found the revision
 * they expected. So each must fail that does not find it: it is an upsert, and what it would insert is refused, because
 * `_id` cannot be another than the one asked for. Nothing has to be read back while nobody is in conflict.
 */
function operationOf({ write, feed, record }: EncodedWrite): AnyBulkWriteOperation<UserDocument> {
  const { userId, expected, index } = write
  const filter = expected === null ? { _id: userId, record: { $exists: false } } : { _id: userId, rev: expected }
  const unlessFound = expected === null ? {} : { $setOnInsert: { _id: 0 } as never }
  if (write.record === null || record === null || index === null) {
    return {
      updateOne: {
        filter,
        update: {
          $set: { feed },
          $unset: { rev: '', hash: '', record: '', wakeAt: '', nodes: '', places: '' },
          $currentDate: { forgottenAt: true },
          ...unlessFound,
        },
        upsert: true,
      },
    }
  }
  const { rev } = write.record
  const { wakeAt, nodes } = index
  const fields = { rev, hash: hashRev(rev), record, feed, nodes, places: placesOf(index) }
  return {
    updateOne: {
      filter,
      update: {
        $set: wakeAt === null ? fields : { ...fields, wakeAt },
        $unset: wakeAt === null ? { wakeAt: '', forgottenAt: '' } : { forgottenAt: '' },
        ...unlessFound,
      },
      upsert: true,
    },
  }
}
