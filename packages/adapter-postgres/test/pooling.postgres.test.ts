import { storeContract } from '@rollcall/contract'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
const { pool } = database
/** The names that statements through it were prepared under, if any. */
const prepared: (string | undefined)[] = []

/**
 * What stands in for PgBouncer where there is none: a pooler of transactions that resets sessions. Each statement meets
 * another session, in which nothing is left.
 */
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
const listen = { connectionString: process.env.POSTGRES_URL }
const bouncer = process.env.PGBOUNCER_URL
const bounced = bouncer === undefined ? null : new pg.Pool({ connectionString: bouncer })

afterAll(async () => {
  await bounced?.end()
  await database[Symbol.asyncDispose]()
})

/** The contract of the store, where nothing of a session outlives a transaction. */
describe(`through ${bounced === null ? 'what resembles PgBouncer' : 'PgBouncer'}`, () => {
  const createPeer = (namespace: string) =>
    postgresStore(bounced ?? transactions, { schema: database.nameOf(namespace), listen })
  storeContract({
    describe,
    it,
    async createStore(namespace) {
      await (await database.createStore(namespace)).close()
      return createPeer(namespace)
    },
    createPeer,
  })
})

it('prepares no statement by name', async () => {
  await (await database.createStore('named')).close()
  const store = postgresStore(transactions, { schema: database.nameOf('named'), listen })
  prepared.length = 0
  await store.save([writeOf({ userId: 'ada', spaces: ['a'], nodes: ['n1'] })])
  await store.load(['ada'])
  await store.list({ space: 'a', as: 'others' }, null, 10)
  await store.count({ as: 'others' })
  await store.usersOf('n1', null, 10)
  await store.due(0, null, 10)
  await store.deadNodes(0, null, 10)
  await store.removeNode('n1')
  expect(prepared.length).toBeGreaterThanOrEqual(8)
  expect(prepared.filter((name) => name !== undefined)).toEqual([])
  await store.close()
})
