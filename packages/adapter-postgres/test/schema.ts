import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { migrate, type PostgresStoreOptions, postgresStore } from '../src/index.ts'

const url = process.env.POSTGRES_URL ?? ''

/** A pool, and schemas that are new in each run; disposing drops them. */
export function createDatabase(config: pg.PoolConfig = {}) {
  const pool = new pg.Pool({ connectionString: url, max: 10, ...config })
  pool.on('error', () => {})
  const run = randomUUID().slice(0, 8)
  const schemas = new Set<string>()
  const nameOf = (name: string) => `test_${run}_${name}`.slice(0, 60)
  return {
    pool,
    nameOf,
    /** Migrates the schema of this name, and makes a store on it. */
    async createStore(name: string, options: PostgresStoreOptions = {}) {
      const schema = nameOf(name)
      schemas.add(schema)
      await migrate(pool, { schema })
      return postgresStore(pool, { schema, ...options })
    },
    /** A second handle on a schema that exists. */
    createPeer: (name: string, options: PostgresStoreOptions = {}) =>
      postgresStore(pool, { schema: nameOf(name), ...options }),
    async [Symbol.asyncDispose]() {
      for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
      await pool.end()
    },
  }
}
