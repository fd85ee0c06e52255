import { hashRev, PresenceError, type UserRecord, type Write, type WriteResult } from '@rollcall/core'
import { deadlineIn } from './deadline.ts'
import type { Names } from './names.ts'
import type { OwnChanges } from './own-changes.ts'
import type { Statements } from './statements.ts'
import { feedOf } from './topics.ts'

/** Largest record that is taken, in characters of its JSON. */
const MAX_RECORD = 16 * 1024 * 1024
/** Characters of JSON in one statement, besides those of its last write. */
const MAX_STATEMENT = 4 * 1024 * 1024

interface ResultRow {
  readonly n: number
  readonly outcome: 'ok' | 'conflict' | 'fenced'
  readonly standing: UserRecord | null
}

/** `save` of the store: one statement, unless a user is written twice, or the writes are large. */
export function createSave(options: {
  readonly statements: Statements
  readonly names: Names
  readonly own: OwnChanges
  /** Told how many changes were made. */
  prune(made: number): void
  readonly timeoutMs: number
}): (writes: readonly Write[]) => Promise<readonly WriteResult[]> {
  const { statements, names, own, prune, timeoutMs } = options
  const text = names.sql('SELECT n, outcome, standing FROM :"schema".presence_save($1, $2, $3, $4)')
  return async (writes) => {
    const deadline = deadlineIn(timeoutMs)
    const results = new Array<WriteResult>(writes.length)
    for (const { json, positions } of statementsOf(writes)) {
      const call = own.keep(positions.map((position) => writes[position] as Write))
      const values = [json, call, names.channel, deadline.lockMs]
      const rows = await statements.rows<ResultRow>(text, values, deadline)
      for (const row of rows) results[positions[row.n] as number] = resultOf(row)
    }
    prune(writes.length)
    return results
  }
}

function resultOf({ outcome, standing }: ResultRow): WriteResult {
  if (outcome === 'ok') return { ok: true }
  return outcome === 'fenced' ? { ok: false, reason: 'fenced' } : { ok: false, reason: 'conflict', standing }
}

/** Writes for one statement: `positions` says which of the call each one is. */
interface Batch {
  readonly json: string
  readonly positions: readonly number[]
}

/** In a statement every user is written once: later writes of one go to later statements. */
function statementsOf(writes: readonly Write[]): readonly Batch[] {
  const rounds: number[][] = []
  const written = new Map<string, number>()
  for (const [position, { userId }] of writes.entries()) {
    const round = written.get(userId) ?? 0
    written.set(userId, round + 1)
    const positions = rounds[round]
    if (positions === undefined) rounds.push([position])
    else positions.push(position)
  }
  return rounds.flatMap((positions) => batchesOf(writes, positions))
}

function batchesOf(writes: readonly Write[], positions: readonly number[]): Batch[] {
  const batches: Batch[] = []
  let begun: number[] = []
  let parts: string[] = []
  let size = 0
  const end = () => {
    if (begun.length > 0) batches.push({ json: `[${parts.join(',')}]`, positions: begun })
    begun = []
    parts = []
    size = 0
  }
  for (const position of positions) {
    const part = rowOf(writes[position] as Write, begun.length)
    begun.push(position)
    parts.push(part)
    size += part.length
    if (size > MAX_STATEMENT) end()
  }
  end()
  return batches
}

/** A `presence_write`. */
function rowOf(write: Write, n: number): string {
  const { userId, record, expected, writer, index, topics, change } = write
  const row = JSON.stringify({
    n,
    user_id: userId,
    expected,
    writer,
    rev: record?.rev ?? null,
    rev_hash: record === null ? null : hashRev(record.rev),
    epoch: change.epoch,
    version: change.version,
    wake_at: index?.wakeAt ?? null,
    nodes: index === null ? null : [...new Set(index.nodes)],
    real_status: index?.real.status ?? null,
    real_spaces: index?.real.spaces ?? null,
    shown_status: index?.shown.status ?? null,
    shown_spaces: index?.shown.spaces ?? null,
    record: index === null ? null : record,
    is_published: change.record !== record,
    published: change.record !== record ? change.record : null,
    note: change.note,
    topics,
    feed: feedOf(topics),
  })
  if (row.length > MAX_RECORD) {
    throw new PresenceError(
      'limit-exceeded',
      `the record of ${userId} has ${row.length} characters; at most ${MAX_RECORD} are taken: end connections of the user, or keep less state`,
      { userId, length: row.length, limit: MAX_RECORD },
    )
  }
  return row
}
