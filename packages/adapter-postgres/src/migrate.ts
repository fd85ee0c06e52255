import { PresenceError } from '@rollcall/core'
import { deadlineIn } from './deadline.ts'
import { failureOf } from './failures.ts'
import { MIGRATION_FILES } from './migrations.generated.ts'
import { type Names, namesIn, quotedName } from './names.ts'
import { type Connecting, ignore, type Statements } from './statements.ts'

/** One step of the schema. Steps are added, never changed. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** `:"schema"` stands for the quoted name of the schema, as in psql. */
  readonly sql: string
}

/** Every migration of this version of the library, oldest first. */
export const MIGRATIONS: readonly Migration[] = MIGRATION_FILES

export interface MigrateOptions {
  /** @default 'rollcall' */
  readonly schema?: string
  /**
   * How long it may take in ms, with all that is waited for: a connection, another migration, tables in use. Once it has
   * passed nothing was migrated, or all was. @default 60_000
   */
  readonly timeoutMs?: number
}

/** The schema that everything is in unless the application names another one. */
export const DEFAULT_SCHEMA = 'rollcall'
/** The oldest major version of PostgreSQL that will do. */
const OLDEST = 14
/** Of all migrations in a database, whatever their schema: the name of an advisory lock. */
const LOCK = 7_655_255_255
const NEWEST = MIGRATIONS.reduce((newest, { version }) => Math.max(newest, version), 0)

/**
 * Brings the schema up to date: all missing migrations in one transaction, or none of them. Any number of processes may
 * call it at once, and again at any time. Creates the schema unless it exists.
 *
 * @returns the migrations that were missing, oldest first
 */
export async function migrate(pool: Connecting, options: MigrateOptions = {}): Promise<readonly Migration[]> {
  const { schema = DEFAULT_SCHEMA, timeoutMs = 60_000 } = options
  const names = namesIn(schema)
  const deadline = deadlineIn(timeoutMs)
  const ask = async () => {
    const client = await deadline.within(pool.connect(), (late) => late.release())
    client.on('error', ignore)
    const query = (text: string, values?: unknown[]) => deadline.within(client.query(text, values))
    let broken: Error | undefined
    try {
      await query(`BEGIN; SET LOCAL lock_timeout = ${deadline.lockMs()}`)
      await query('SELECT pg_advisory_xact_lock($1)', [LOCK])
      const { rows: servers } = await query(
        `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
          to_regnamespace($1) IS NOT NULL AS there`,
        [quotedName(schema)],
      )
      refuseServer(servers[0])
      if (!servers[0].there) await query(names.sql('CREATE SCHEMA :"schema"'))
      await query(names.sql(LEDGER))
      const { rows } = await query(names.sql('SELECT version FROM :"schema".presence_migration'))
      const applied = new Set(rows.map(({ version }) => version as number))
      refuseNewer(Math.max(0, ...applied), schema)
      const missing = MIGRATIONS.filter(({ version }) => !applied.has(version))
      for (const { version, name, sql } of missing) {
        await query(names.sql(sql))
        await query(names.sql('INSERT INTO :"schema".presence_migration (version, name) VALUES ($1, $2)'), [
          version,
          name,
        ])
      }
      await query('COMMIT')
      return missing
    } catch (error) {
      // Whatever it is in the middle of ends with the connection.
      broken = error as Error
      throw error
    } finally {
      if (broken === undefined) client.off('error', ignore)
      client.release(broken)
    }
  }
  try {
    return await ask()
  } catch (error) {
    throw failureOf(error)
  }
}

const LEDGER = `CREATE TABLE IF NOT EXISTS :"schema".presence_migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`

/**
 * Whether the server and the schema are what this version of the library works with.
 *
 * @throws `store-unfit`, naming what to do
 */
export async function demandMigrated(statements: Statements, names: Names): Promise<void> {
  const [server] = await statements.rows<Server & { migrated: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
      to_regclass($1) IS NOT NULL AS migrated`,
    [names.sql(':"schema".presence_migration')],
  )
  refuseServer(server as Server)
  const text = names.sql('SELECT version FROM :"schema".presence_migration')
  const rows = server?.migrated ? await statements.rows<{ version: number }>(text, []) : []
  const applied = rows.map(({ version }) => version)
  refuseNewer(Math.max(0, ...applied), names.schema)
  const missing = MIGRATIONS.filter(({ version }) => !applied.includes(version)).map(({ version }) => version)
  if (missing.length > 0) {
    const call = names.schema === DEFAULT_SCHEMA ? 'migrate(pool)' : `migrate(pool, { schema: '${names.schema}' })`
    throw new PresenceError(
      'store-unfit',
      `the schema ${names.schema} lacks migrations of this version of the library (${missing.join(', ')}): run ${call}`,
      { schema: names.schema, missing },
    )
  }
}

interface Server {
  readonly version: number
  readonly encoding: string
}

function refuseServer({ version, encoding }: Server): void {
  const major = Math.floor(version / 10_000)
  if (major < OLDEST) {
    throw new PresenceError(
      'store-unfit',
      `the server is PostgreSQL ${major}; the oldest that will do is ${OLDEST}: upgrade it`,
      { found: major, needed: OLDEST },
    )
  }
  if (encoding !== 'UTF8') {
    throw new PresenceError(
      'store-unfit',
      `the database is encoded in ${encoding}; ids may be any text: create one with ENCODING 'UTF8'`,
      { found: encoding, needed: 'UTF8' },
    )
  }
}

function refuseNewer(newest: number, schema: string): void {
  if (newest <= NEWEST) return
  throw new PresenceError(
    'store-unfit',
    `the schema ${schema} is at migration ${newest}; this version of the library knows ${NEWEST}: upgrade the library`,
    { schema, found: newest, known: NEWEST },
  )
}
