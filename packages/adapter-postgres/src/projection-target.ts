import { isPresenceError, PresenceError, type ProjectedState, type ProjectionTarget, type Status } from '@rollcall/core'
import { rowIdOf } from './row-ids.ts'
import type { Statements } from './statements.ts'
import type { Column, UserTable } from './user-table.ts'

/** The id of a user's row; `null`, or a throw: there is none. */
export type IdOf = (userId: string) => string | number | bigint | null

export interface TargetOptions {
  readonly statements: Statements
  readonly table: UserTable
  readonly toId: IdOf
  fromId(id: string): string
}

interface Row {
  readonly id: string
  readonly is_online: boolean | null
  readonly status: Status | null
  readonly last_active_at: number | null
  readonly last_seen_at: number | null
  readonly epoch: number | null
  readonly version: number | null
}

/** The application's rows in PostgreSQL. */
export function createTarget({ statements, table, toId, fromId }: TargetOptions): ProjectionTarget {
  const { id, columns } = table
  const { epoch, version } = columns as { epoch: Column; version: Column }
  const writeText = writeStatement(table, epoch, version)
  const fields = `t.${id.name}::text AS id, ${readsOf(table)}`
  const readText = `SELECT asked.n::int AS asked, ${fields}
    FROM unnest($1::text[]) WITH ORDINALITY AS asked (id, n)
    JOIN ${table.name} t ON t.${id.name} = asked.id::${id.type}`
  const online = onlineIn(table)
  const onlineText = `SELECT ${fields} FROM ${table.name} t
    WHERE ${online} AND ($1::text IS NULL OR t.${id.name} > $1::text::${id.type})
    ORDER BY t.${id.name} LIMIT $2`

  const rows = <Found>(text: string, values: readonly unknown[]): Promise<Found[]> =>
    statements.rows<Found>(text, values).catch((error: unknown) => refuse(error, table.name))
  /** `null` for who can have no row. */
  const idOf = (userId: string): string | null => {
    try {
      const rowId = toId(userId)
      return rowId === null ? null : rowIdOf(id.type, String(rowId))
    } catch {
      // Of a guest, say.
      return null
    }
  }
  /** `null` for a row that is nobody's. */
  const userOf = (rowId: string): string | null => {
    try {
      const userId = fromId(rowId)
      return idOf(userId) === rowId ? userId : null
    } catch {
      return null
    }
  }
  const withRows = <Item>(items: readonly Item[], userIdOf: (item: Item) => string) =>
    items.flatMap((item) => {
      const rowId = idOf(userIdOf(item))
      return rowId === null ? [] : [{ item, rowId }]
    })
  return {
    async write(states) {
      const found = withRows(states, ({ userId }) => userId)
      if (found.length === 0) return
      await rows(writeText, [
        found.map(({ rowId }) => rowId),
        found.map(({ item }) => item.isOnline),
        found.map(({ item }) => item.status),
        found.map(({ item }) => item.lastActiveAt),
        found.map(({ item }) => item.lastSeenAt),
        found.map(({ item }) => item.epoch),
        found.map(({ item }) => item.version),
      ])
    },
    async read(userIds) {
      const asked = withRows(userIds, (userId) => userId)
      if (asked.length === 0) return new Map()
      const found = await rows<Row & { readonly asked: number }>(readText, [asked.map(({ rowId }) => rowId)])
      return new Map(
        found.map((row) => {
          const userId = (asked[row.asked - 1] as (typeof asked)[number]).item
          return [userId, stateOf(row, userOf(row.id) ?? userId)]
        }),
      )
    },
    async *online(limit) {
      let cursor: string | null = null
      while (online !== null) {
        const page: readonly Row[] = await rows<Row>(onlineText, [cursor, limit])
        yield page.flatMap((row) => {
          const userId = userOf(row.id)
          return userId === null ? [] : [stateOf(row, userId)]
        })
        if (page.length < limit) return
        cursor = (page.at(-1) as Row).id
      }
    },
  }
}

/** What the store would say of its own tables is said of the application's. */
function refuse(error: unknown, table: string): never {
  if (!isPresenceError(error) || error.code !== 'store-unfit') throw error
  const { cause } = error
  const reason = cause instanceof Error ? cause.message : error.message
  throw new PresenceError(
    'store-unfit',
    `the table ${table} cannot be read or written (${reason}): check its columns, and the privileges of the database user`,
    { ...error.details, table },
    cause,
  )
}

/** Rows are locked in the order of their ids: two processes that write the same ones wait, and never for each other. */
function writeStatement(table: UserTable, epoch: Column, version: Column): string {
  const { id, columns } = table
  const { isOnline, status, lastActiveAt, lastSeenAt } = columns
  const sets = [
    isOnline && `${isOnline.name} = g.is_online`,
    status && `${status.name} = g.status::${status.type}`,
    lastActiveAt && `${lastActiveAt.name} = ${stampAs(lastActiveAt.type, 'g.last_active_at')}`,
    lastSeenAt && `${lastSeenAt.name} = ${stampAs(lastSeenAt.type, 'g.last_seen_at')}`,
    `${epoch.name} = g.epoch`,
    `${version.name} = g.version`,
  ].filter((set) => set !== undefined)
  return `WITH locked AS (
      SELECT t.${id.name} AS id FROM ${table.name} t
      WHERE t.${id.name} = ANY ($1::text[]::${id.type}[]) ORDER BY t.${id.name} FOR NO KEY UPDATE
    )
    UPDATE ${table.name} t SET ${sets.join(', ')}
    FROM locked, unnest($1::text[]::${id.type}[], $2::boolean[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
      AS g (id, is_online, status, last_active_at, last_seen_at, epoch, version)
    WHERE t.${id.name} = locked.id AND g.id = locked.id
      AND (t.${epoch.name} IS NULL OR t.${version.name} IS NULL
        OR (t.${epoch.name}::float8, t.${version.name}::float8) < (g.epoch, g.version))`
}

function readsOf({ columns }: UserTable): string {
  const { isOnline, status, lastActiveAt, lastSeenAt, epoch, version } = columns
  return [
    `${isOnline ? `t.${isOnline.name}` : 'NULL::boolean'} AS is_online`,
    `${status ? `t.${status.name}::text` : 'NULL::text'} AS status`,
    `${lastActiveAt ? msOf(lastActiveAt) : 'NULL::float8'} AS last_active_at`,
    `${lastSeenAt ? msOf(lastSeenAt) : 'NULL::float8'} AS last_seen_at`,
    `t.${epoch?.name}::float8 AS epoch`,
    `t.${version?.name}::float8 AS version`,
  ].join(', ')
}

/** Which rows say online; `null`: no column tells. */
function onlineIn({ columns: { isOnline, status } }: UserTable): string | null {
  if (isOnline) return `t.${isOnline.name}`
  return status ? `t.${status.name} <> 'offline'` : null
}

function stampAs(type: string, ms: string): string {
  if (type === 'timestamp with time zone') return `to_timestamp(${ms} / 1000)`
  if (type === 'timestamp without time zone') return `to_timestamp(${ms} / 1000) AT TIME ZONE 'UTC'`
  return `${ms}::${type}`
}

function msOf({ name, type }: Column): string {
  return type.startsWith('timestamp') ? `round(extract(epoch FROM t.${name}) * 1000)::float8` : `t.${name}::float8`
}

function stateOf(row: Row, userId: string): ProjectedState {
  const status = row.status ?? (row.is_online === true ? 'online' : 'offline')
  return {
    userId,
    isOnline: row.is_online ?? status !== 'offline',
    status,
    lastActiveAt: row.last_active_at,
    lastSeenAt: row.last_seen_at,
    epoch: row.epoch ?? 0,
    version: row.version ?? 0,
  }
}
