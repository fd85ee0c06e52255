import pg from 'pg'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { MIGRATIONS, migrate, postgresStore } from '../src/index.ts'
import { createDatabase } from './schema.ts'

const database = createDatabase()
const { pool } = database
afterAll(() => database[Symbol.asyncDispose]())

/** A pool whose server says that it is another one. */
function pretending(answer: { version?: number; encoding?: string }): pg.Pool {
  const connect = async () => {
    const client = await pool.connect()
    return new Proxy(client, {
      get(target, key) {
        const value = Reflect.get(target, key) as unknown
        if (key !== 'query') return typeof value === 'function' ? value.bind(target) : value
        return async (...args: [string, unknown[]]) => {
          const result = await target.query(...args)
          if (result.rows?.[0]?.encoding !== undefined) Object.assign(result.rows[0], answer)
          return result
        }
      },
    })
  }
  return new Proxy(pool, { get: (target, key) => (key === 'connect' ? connect : Reflect.get(target, key)) })
}

describe('migrations', () => {
  it('are applied once, whatever is called how often and at once', async () => {
    const store = await database.createStore('often')
    const schema = database.nameOf('often')
    expect(await migrate(pool, { schema })).toEqual([])
    await pool.query(`DROP SCHEMA "${schema}" CASCADE`)
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(pool, { schema })))
    expect(applied.map(({ length }) => length).sort()).toEqual([0, 0, 0, 0, MIGRATIONS.length])
    expect(await store.load(['ada'])).toEqual([null])
    await store.close()
  })

  it('leave a database whose schema has a strange name as usable as any', async () => {
    const schema = 'a "quoted" $1 schema'
    await migrate(pool, { schema })
    const store = postgresStore(pool, { schema })
    expect(await store.count({ as: 'others' })).toBe(0)
    await store.close()
    await pool.query('DROP SCHEMA "a ""quoted"" $1 schema" CASCADE')
  })

  it('that are missing make every call say so, until they were run', async () => {
    const store = database.createPeer('missing')
    const missing = {
      code: 'store-unfit',
      message: expect.stringMatching(/run migrate\(pool, \{ schema: '.*missing' \}\)/),
    }
    await expect(store.load(['ada'])).rejects.toMatchObject(missing)
    await expect(store.now()).rejects.toMatchObject(missing)
    await expect(store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })).rejects.toMatchObject(missing)
    const migrated = await database.createStore('missing')
    expect(await store.load(['ada'])).toEqual([null])
    await migrated.close()
    await store.close()
  })

  it('that are half there are named', async () => {
    const store = await database.createStore('half')
    await pool.query(`DELETE FROM "${database.nameOf('half')}".presence_migration WHERE version > 3`)
    await expect(store.load(['ada'])).rejects.toMatchObject({
      code: 'store-unfit',
      details: { missing: [4, 5, 6, 7] },
    })
    await store.close()
  })

  it('of which one in the middle is missing are not complete', async () => {
    const store = await database.createStore('hole')
    await pool.query(`DELETE FROM "${database.nameOf('hole')}".presence_migration WHERE version = 3`)
    await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'store-unfit', details: { missing: [3] } })
    await store.close()
  })

  it('of a newer version of the library are refused, by stores and by migrate', async () => {
    const store = await database.createStore('newer')
    const schema = database.nameOf('newer')
    await pool.query(`INSERT INTO "${schema}".presence_migration (version, name) VALUES (999, 'later')`)
    const newer = { code: 'store-unfit', message: expect.stringMatching(/at migration 999.*upgrade the library/) }
    await expect(store.load(['ada'])).rejects.toMatchObject(newer)
    await expect(migrate(pool, { schema })).rejects.toMatchObject(newer)
    await store.close()
  })

  it('are refused by a server that is too old, or does not store all text', async () => {
    const old = { code: 'store-unfit', message: expect.stringMatching(/PostgreSQL 13;.*14: upgrade it/) }
    await expect(migrate(pretending({ version: 130_012 }), { schema: 'never' })).rejects.toMatchObject(old)
    const store = postgresStore(pretending({ version: 130_012 }), { schema: 'never' })
    await expect(store.load(['ada'])).rejects.toMatchObject(old)
    await store.close()
    const ascii = { code: 'store-unfit', message: expect.stringMatching(/encoded in SQL_ASCII.*UTF8/) }
    await expect(migrate(pretending({ encoding: 'SQL_ASCII' }), { schema: 'never' })).rejects.toMatchObject(ascii)
    const { rows } = await pool.query(`SELECT to_regnamespace('never') AS made`)
    expect(rows).toEqual([{ made: null }])
  })

  it('give up when another migration holds the lock for too long', async () => {
    const client = await pool.connect()
    await client.query('BEGIN; SELECT pg_advisory_xact_lock(7655255255)')
    await expect(migrate(pool, { schema: 'never', timeoutMs: 50 })).rejects.toMatchObject({ code: 'unavailable' })
    await client.query('ROLLBACK')
    client.release()
  })

  it('give up when the server does not answer in time', async () => {
    const release = vi.fn()
    const client = { query: () => new Promise(() => {}), on() {}, off() {}, release }
    const silent = { connect: async () => client } as unknown as pg.Pool
    await expect(migrate(silent, { schema: 'never', timeoutMs: 30 })).rejects.toMatchObject({ code: 'unavailable' })
    expect(release).toHaveBeenCalledWith(expect.any(Error))
  })

  it.each(['', 'pg_mine', 'x'.repeat(64), 'a\0b', 'a$$b'])('refuse the schema name %j', async (schema) => {
    await expect(migrate(pool, { schema })).rejects.toMatchObject({ code: 'invalid-option' })
    expect(() => postgresStore(pool, { schema })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('need a user who may create tables', async () => {
    const role = `reader_${process.pid}`
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
    const { options } = pool as unknown as { options: pg.PoolConfig }
    const url = new URL(options.connectionString as string)
    url.username = role
    url.password = 'secret'
    const weak = new pg.Pool({ connectionString: url.href })
    await expect(migrate(weak, { schema: 'never' })).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringMatching(/privilege/),
    })
    await weak.end()
    await pool.query(`DROP ROLE ${role}`)
  })
})
