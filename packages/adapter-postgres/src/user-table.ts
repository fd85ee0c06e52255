import { PresenceError } from '@rollcall/core'
import { quotedName } from './names.ts'
import type { Statements } from './statements.ts'

/** Which column holds what; `false`: none does. */
export interface Columns {
  /** boolean. @default 'is_online' */
  readonly isOnline: string | false
  /** text, or an enum of the five statuses. @default 'status' */
  readonly status: string | false
  /** timestamptz, or a number of ms. @default 'last_active_at' */
  readonly lastActiveAt: string | false
  /** timestamptz, or a number of ms; NULL while present. @default 'last_seen_at' */
  readonly lastSeenAt: string | false
  /** double precision. @default 'presence_epoch' */
  readonly epoch: string
  /** double precision. @default 'presence_version' */
  readonly version: string
}

export const DEFAULT_COLUMNS: Columns = {
  isOnline: 'is_online',
  status: 'status',
  lastActiveAt: 'last_active_at',
  lastSeenAt: 'last_seen_at',
  epoch: 'presence_epoch',
  version: 'presence_version',
}

const TYPES: Readonly<Record<keyof Columns, string>> = {
  isOnline: 'boolean',
  status: 'text',
  lastActiveAt: 'timestamptz',
  lastSeenAt: 'timestamptz',
  epoch: 'double precision',
  version: 'double precision',
}

/** A column as SQL names it, with its type. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** The application's table as it is. All names are quoted. */
export interface UserTable {
  readonly name: string
  readonly id: Column
  readonly columns: Readonly<Partial<Record<keyof Columns, Column>>>
}

/**
 * Types are those that values are cast to: without a length, and that of a domain is its base.
 *
 * @throws `store-unfit` for a table or columns that are not there, with the statement that adds them; `invalid-option`
 *   for two states in one column
 */
export async function inspectTable(
  statements: Statements,
  table: string,
  id: string,
  columns: Columns,
): Promise<UserTable> {
  const entries = (Object.entries(columns) as [keyof Columns, string | false][]).flatMap(([what, name]) =>
    name === false ? [] : [{ what, name }],
  )
  demandOneEach([id, ...entries.map(({ name }) => name)])
  const found = await statements.rows<{ table: string; column: string; type: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS table, a.attname::text AS column,
      format_type(COALESCE(NULLIF(y.typbasetype, 0), y.oid), -1) AS type
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type y ON y.oid = a.atttypid
    WHERE c.oid = to_regclass($1)`,
    [table],
  )
  const [first] = found
  if (first === undefined) {
    throw new PresenceError('store-unfit', `there is no table ${table}: create it, or name the one with your users`, {
      table,
    })
  }
  const typeOf = new Map(found.map(({ column, type }) => [column, type]))
  const missing = entries.filter(({ name }) => !typeOf.has(name))
  if (!typeOf.has(id)) throw unfit(table, id, `name the column with the user's id in \`id\``)
  if (missing.length > 0) {
    const added = missing.map(({ what, name }) => `ADD COLUMN ${quotedName(name)} ${TYPES[what]}`).join(', ')
    const names = missing.map(({ name }) => name).join(', ')
    throw unfit(table, names, `run ALTER TABLE ${table} ${added}, or name other columns in \`columns\``)
  }
  const columnOf = (name: string): Column => ({ name: quotedName(name), type: typeOf.get(name) as string })
  return {
    name: first.table,
    id: columnOf(id),
    columns: Object.fromEntries(entries.map(({ what, name }) => [what, columnOf(name)])),
  }
}

/** Two states in one column, or one in the id, would overwrite one another. */
function demandOneEach(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new PresenceError('invalid-option', `columns names ${JSON.stringify(twice)}; give each a column of its own`, {
    option: 'columns',
    value: twice,
  })
}

function unfit(table: string, missing: string, remedy: string): PresenceError {
  return new PresenceError('store-unfit', `the table ${table} has no column ${missing}: ${remedy}`, { table, missing })
}
