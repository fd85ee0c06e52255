import { storeContract } from '@rollcall/contract'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { createDatabase } from './schema.ts'

const database = createDatabase()
const { pool } = database
/** Every statement of the last case, and the name it was prepared under, if any. */
const prepared: (string | undefined)[] = []

/** As a pooler of transactions that resets sessions: each statement meets another session, in which nothing is left. */
const transactions = new Proxy(pool, {
  get(target, key) {
    if (key !== 'connect') {
      const value = Reflect.get(target, key) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    }
    return async () => {
      const client = await target.connect()
      return new Proxy(client, {
        get(of, name) {
          const value = Reflect.get(of, name) as unknown
          if (name !== 'query') return typeof value === 'function' ? value.bind(of) : value
          return async (query: pg.QueryConfig) => {
            prepared.push(query.name)
            const result = await of.query(query)
            await of.query('DISCARD ALL')
            return result
          }
        },
      })
    }
  },
})
const bouncer = process.env.PGBOUNCER_URL
const bounced = bouncer === undefined ? null : new pg.Pool({ connectionString: bouncer })

afterAll(async () => {
  await bounced?.end()
  await database[Symbol.asyncDispose]()
})

/** The contract of the store, where nothing of a session outlives a transaction. `PGBOUNCER_URL` adds the real one. */
for (const [name, through] of Object.entries({ 'a pool of transactions': transactions, PgBouncer: bounced })) {
  if (through === null) continue
  describe(`through ${name}`, () => {
    const listen = { connectionString: process.env.POSTGRES_URL }
    const createPeer = (namespace: string) =>
      postgresStore(through, { schema: database.nameOf(`${name.length}-${namespace}`), listen })
    storeContract({
      describe,
      it,
      async createStore(namespace) {
        await (await database.createStore(`${name.length}-${namespace}`)).close()
        return createPeer(namespace)
      },
      createPeer,
    })
  })
}

it('prepares no statement by name', () => {
  expect(prepared.length).toBeGreaterThan(1_000)
  expect(prepared.filter((name) => name !== undefined)).toEqual([])
})
