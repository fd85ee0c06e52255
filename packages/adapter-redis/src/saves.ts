import { PresenceError, type Write, type WriteResult } from '@rollcall/core'
import type { Commands } from './commands.ts'
import type { Layout } from './layout.ts'
import { groupByPartition } from './reach.ts'
import { packValue, unpackValue } from './record/value.ts'

export interface SaverOptions {
  readonly layout: Layout
  readonly maxRecordBytes: number
  /** Different for each call of each process. */
  newCallId(): string
}

interface PlacedWrite {
  readonly partition: number
  readonly position: number
  readonly write: Write
  /** As it is stored. */
  readonly value: string
}

const SAVED: WriteResult = { ok: true }
const FENCED: WriteResult = { ok: false, reason: 'fenced' }

/** Writes in one script: a call into Lua takes at most 8,000 values. */
const MOST = 4_000

/** Saves in one script per partition, all of them at once. */
export function createSaver({ layout, maxRecordBytes, newCallId }: SaverOptions) {
  const storedValue = ({ userId, record, index }: Write): string => {
    if (record === null || index === null) return ''
    const value = packValue(record, index)
    // A UTF-16 unit takes at most three bytes: most values need not be measured.
    if (value.length * 3 <= maxRecordBytes) return value
    const bytes = new TextEncoder().encode(value).length
    if (bytes <= maxRecordBytes) return value
    throw new PresenceError(
      'limit-exceeded',
      `the record of ${userId} takes ${bytes} bytes, more than maxRecordBytes (${maxRecordBytes}): make its states and meta smaller, or raise the limit`,
      { userId, bytes, maxRecordBytes },
    )
  }
  const argsOf = ({ write, value }: PlacedWrite, chunkKey: number, buckets: ReadonlySet<number>): string[] => {
    const { expected, writer, topics, change } = write
    return [
      String(chunkKey),
      expected ?? '',
      writer,
      value,
      JSON.stringify([change.userId, change.epoch, change.version, change.note, topics]),
      [...buckets].join(),
    ]
  }
  const saveIn = async (commands: Commands, placed: readonly PlacedWrite[]): Promise<readonly string[]> => {
    const { partition } = placed[0] as PlacedWrite
    const keys = [
      layout.records(partition),
      layout.due(partition),
      layout.sums(partition),
      layout.killed(partition),
      ...layout.spaceChunks.map((chunk) => layout.near(partition, chunk)),
    ]
    const fixed = keys.length
    const args = [newCallId(), layout.channels(partition), String(placed.length)]
    // Writes of one user are told in one message, on every channel that any of them concerns, and so in their order.
    const buckets = new Map<string, Set<number>>()
    for (const { write } of placed) {
      args.push(write.userId)
      const own = buckets.get(write.userId) ?? new Set()
      buckets.set(write.userId, own)
      for (const topic of write.topics) own.add(layout.bucketOf(topic))
    }
    for (const each of placed) {
      const chunk = layout.wide(partition, layout.chunkOf(each.write.userId))
      let key = keys.indexOf(chunk, fixed)
      if (key < 0) key = keys.push(chunk) - 1
      args.push(...argsOf(each, key + 1, buckets.get(each.write.userId) as ReadonlySet<number>))
    }
    return (await commands.run('save', keys, args)) as string[]
  }
  return {
    async save(commands: Commands, writes: readonly Write[]): Promise<readonly WriteResult[]> {
      const placed = writes.map((write, position) => ({
        partition: layout.partitionOf(write.userId),
        position,
        write,
        // All of them before any is sent: a record that is refused keeps the whole call from being saved.
        value: storedValue(write),
      }))
      const results = new Array<WriteResult>(writes.length)
      const saving = groupByPartition(placed).map(async (group) => {
        const answers: string[] = []
        for (let from = 0; from < group.length; from += MOST) {
          answers.push(...(await saveIn(commands, group.slice(from, from + MOST))))
        }
        for (const [i, { position, write }] of group.entries()) {
          results[position] = resultOf(answers[i] as string, write.userId)
        }
      })
      await Promise.all(saving)
      return results
    },
  }
}

function resultOf(answer: string, userId: string): WriteResult {
  if (answer === '+') return SAVED
  if (answer === '!') return FENCED
  const standing = answer === '-' ? null : unpackValue(answer.slice(1), userId)
  return { ok: false, reason: 'conflict', standing }
}
