import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { migrate, type PostgresStoreOptions, postgresStore } from '../src/index.ts'

const url = process.env.POSTGRES_URL ?? ''

const LISTENING = `FROM pg_stat_activity WHERE application_name = $1 AND query ~ '^(UN)?LISTEN'`

/** A pool, and schemas that are new in each run; disposing drops them. */
export function createDatabase(config: pg.PoolConfig = {}) {
  const pool = new pg.Pool({ connectionString: url, max: 10, ...config })
  pool.on('error', () => {})
  const run = randomUUID().slice(0, 8)
  const schemas = new Set<string>()
  // The stores' own connections bear the name of the run, so that a test can find them and leave those of others alone.
  const listen: pg.ClientConfig = { connectionString: url, application_name: run }
  const nameOf = (name: string) => `test_${run}_${name}`.slice(0, 60)
  return {
    pool,
    nameOf,
    /** Migrates the schema of this name, and makes a store on it. */
    async createStore(name: string, options: PostgresStoreOptions = {}) {
      const schema = nameOf(name)
      schemas.add(schema)
      await migrate(pool, { schema })
      return postgresStore(pool, { schema, listen, ...options })
    },
    /** A second handle on a schema that exists. */
    createPeer: (name: string, options: PostgresStoreOptions = {}) =>
      postgresStore(pool, { schema: nameOf(name), listen, ...options }),
    /** How many sessions listen. */
    async listening(): Promise<number> {
      const { rows } = await pool.query(`SELECT count(*)::int AS sessions ${LISTENING}`, [run])
      return rows[0].sessions
    },
    /** The server ends the sessions that listen. */
    async endListening(): Promise<void> {
      await pool.query(`SELECT pg_terminate_backend(pid) ${LISTENING}`, [run])
    },
    async [Symbol.asyncDispose]() {
      for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
      await pool.end()
    },
  }
}
