import type { Page, PresenceStore, Status, StoreQuery, UserRecord } from '@rollcall/core'
import type { Names } from './names.ts'
import type { Statements } from './statements.ts'

const PRESENT: readonly Status[] = ['online', 'away', 'busy', 'dnd']
/** Bits of `viewers` that show a row to whom. */
const VIEWERS = { others: '1, 3', admin: '2, 3' } as const

/** What the store reads. Every page is a range of an index, in its order. */
export function createReads(
  statements: Statements,
  names: Names,
): Pick<PresenceStore, 'load' | 'due' | 'list' | 'count' | 'usersOf'> {
  const { rows } = statements
  const loadText = names.sql('SELECT user_id, record FROM :"schema".presence_record WHERE user_id = ANY ($1::text[])')
  const dueText = names.sql(
    `SELECT user_id, wake_at FROM :"schema".presence_record
    WHERE wake_at <= $1 AND (wake_at, user_id) > ($2::float8, $3::text)
    ORDER BY wake_at, user_id LIMIT $4`,
  )
  const usersOfText = names.sql(
    'SELECT user_id FROM :"schema".presence_holding WHERE node_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3',
  )

  return {
    async load(userIds) {
      if (userIds.length === 0) return []
      const found = await rows<{ user_id: string; record: UserRecord }>(loadText, [[...new Set(userIds)]])
      const recordOf = new Map(found.map(({ user_id, record }) => [user_id, record]))
      return userIds.map((userId) => recordOf.get(userId) ?? null)
    },
    async due(now, cursor, limit) {
      // Nothing is before minus infinity, and the empty id before every other.
      const [time, userId] = cursor === null ? ['-Infinity', ''] : splitOnce(cursor)
      const found = await rows<{ user_id: string; wake_at: number }>(dueText, [now, time, userId, limit + 1])
      const last = found[limit - 1]
      return {
        items: found.slice(0, limit).map(({ user_id }) => user_id),
        next: found.length > limit && last !== undefined ? `${last.wake_at} ${last.user_id}` : null,
      }
    },
    async list(query, cursor, limit) {
      const { text, values } = listStatement(query)
      const found = await rows<{ record: UserRecord }>(names.sql(text), [cursor ?? '', limit + 1, ...values])
      return pageOf(
        found.map(({ record }) => record),
        limit,
        ({ userId }) => userId,
      )
    },
    async count({ space = '', status, as }) {
      const text = names.sql(
        `SELECT count(*)::float8 AS users FROM :"schema".presence_standing
        WHERE space = $1 AND status = ANY ($2::text[]) AND viewers IN (${VIEWERS[as]})`,
      )
      const [counted] = await rows<{ users: number }>(text, [space, status === undefined ? PRESENT : [status]])
      return counted?.users ?? 0
    },
    async usersOf(nodeId, cursor, limit) {
      const found = await rows<{ user_id: string }>(usersOfText, [nodeId, cursor ?? '', limit + 1])
      return pageOf(
        found.map(({ user_id }) => user_id),
        limit,
        (userId) => userId,
      )
    },
  }
}

/** One range of the index for each status, merged: what is read is one page, however many stand in the space. */
function listStatement({ space = '', status, as }: StoreQuery): { text: string; values: readonly string[] } {
  const statuses = status === undefined ? PRESENT : [status]
  const ranges = statuses.map(
    (_, i) =>
      `(SELECT user_id FROM :"schema".presence_standing
      WHERE space = $3 AND status = $${i + 4} AND user_id > $1 AND viewers IN (${VIEWERS[as]})
      ORDER BY user_id LIMIT $2)`,
  )
  const text = `SELECT r.record
    FROM (SELECT user_id FROM (${ranges.join(' UNION ALL ')}) each ORDER BY user_id LIMIT $2) listed
    JOIN :"schema".presence_record r ON r.user_id = listed.user_id
    ORDER BY listed.user_id`
  return { text, values: [space, ...statuses] }
}

/** A page from one item more than it may hold. */
function pageOf<T>(found: readonly T[], limit: number, idOf: (item: T) => string): Page<T> {
  const last = found[limit - 1]
  return { items: found.slice(0, limit), next: found.length > limit && last !== undefined ? idOf(last) : null }
}

function splitOnce(cursor: string): readonly [string, string] {
  const end = cursor.indexOf(' ')
  return [cursor.slice(0, end), cursor.slice(end + 1)]
}
