import type { Page, ProjectedState, ProjectionTarget, Status } from '@rollcall/core'
import type { Statements } from './statements.ts'
import type { Column, UserTable } from './user-table.ts'

/** The id of a user's row; `null`: there is none. */
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

/** What a text must look like to be an id of that type: no row has any other. */
const ID_SHAPES: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
  smallint: /^-?\d{1,4}$/,
  integer: /^-?\d{1,9}$/,
  bigint: /^-?\d{1,18}$/,
  numeric: /^-?\d+$/,
}

/** The application's rows in PostgreSQL. */
export function createTarget({ statements, table, toId, fromId }: TargetOptions): ProjectionTarget {
  const { id, columns } = table
  const shape = ID_SHAPES[id.type]
  const { epoch, version } = columns as { epoch: Column; version: Column }
  const writeText = writeStatement(table, epoch, version)
  const fields = `SELECT t.${id.name}::text AS id, ${readsOf(table)} FROM ${table.name} t`
  const readText = `${fields} WHERE t.${id.name} = ANY ($1::text[]::${id.type}[])`
  const online = onlineIn(table)
  const onlineText = `${fields} WHERE ${online} AND ($1::text IS NULL OR t.${id.name} > $1::text::${id.type})
    ORDER BY t.${id.name} LIMIT $2`

  /** `null` for who can have no row. */
  const idOf = (userId: string): string | null => {
    const rowId = toId(userId)
    const text = rowId === null ? null : String(rowId)
    return text === null || (shape !== undefined && !shape.test(text)) ? null : text
  }
  return {
    async write(states) {
      const rows = states.flatMap((state) => {
        const rowId = idOf(state.userId)
        return rowId === null ? [] : [{ ...state, rowId }]
      })
      if (rows.length === 0) return
      await statements.rows(writeText, [
        rows.map((row) => row.rowId),
        rows.map((row) => row.isOnline),
        rows.map((row) => row.status),
        rows.map((row) => row.lastActiveAt),
        rows.map((row) => row.lastSeenAt),
        rows.map((row) => row.epoch),
        rows.map((row) => row.version),
      ])
    },
    async read(userIds) {
      const ids = userIds.flatMap((userId) => idOf(userId) ?? [])
      if (ids.length === 0) return []
      return (await statements.rows<Row>(readText, [ids])).map((row) => stateOf(row, fromId))
    },
    async online(cursor, limit): Promise<Page<ProjectedState>> {
      if (online === null) return { items: [], next: null }
      const rows = await statements.rows<Row>(onlineText, [cursor, limit + 1])
      const items = rows.slice(0, limit)
      return {
        items: items.map((row) => stateOf(row, fromId)),
        next: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
      }
    },
  }
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

function stateOf(row: Row, fromId: (id: string) => string): ProjectedState {
  const status = row.status ?? (row.is_online === true ? 'online' : 'offline')
  return {
    userId: fromId(row.id),
    isOnline: row.is_online ?? status !== 'offline',
    status,
    lastActiveAt: row.last_active_at,
    lastSeenAt: row.last_seen_at,
    epoch: row.epoch ?? 0,
    version: row.version ?? 0,
  }
}
