import type pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { until } from './ear.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

/** SQLSTATEs of the errors that the server answered with. */
const states: (string | undefined)[] = []
database.pool.on('connect', ({ connection }) => {
  connection.on('errorMessage', ({ code }: pg.DatabaseError) => states.push(code))
})

const USERS = Array.from({ length: 100 }, (_, i) => `user ${100 + i}`)

describe('two nodes that write the same users at once, in opposite orders', () => {
  it('wait and never for each other: every write passes or is in conflict, and nobody is rolled back', async () => {
    const stores = [await database.createStore('crossed'), database.createPeer('crossed')] as const
    let passed = 0
    for (let round = 1; round <= 60; round++) {
      const version = round
      const writes = USERS.map((userId) => writeOf({ userId, version, nodes: [`n${round % 2}`, 'n'], spaces: ['a'] }))
      const results = await Promise.all([stores[0].save(writes), stores[1].save([...writes].reverse())])
      const [there = [], back = []] = results
      for (const [i] of USERS.entries()) {
        // Exactly one of the two wrote this version.
        expect([there[i]?.ok, back[USERS.length - 1 - i]?.ok].sort()).toEqual([false, true])
        passed++
      }
    }
    expect(passed).toBe(60 * USERS.length)
    expect(states).toEqual([])
    const renewal = await stores[0].renewNode('n', 2_000, 1_000, { afterMs: 1e9, forMs: 1 })
    expect(renewal.digest.count).toBe(USERS.length)
    for (const store of stores) await store.close()
  })

  it('are tried again where the server rolled one of them back', async () => {
    const store = await database.createStore('rolled-back')
    await store.save([writeOf({ userId: 'a' }), writeOf({ userId: 'b' })])
    const table = `"${database.nameOf('rolled-back')}".presence_record`
    const client = await database.pool.connect()
    // A stranger who locks against the order; PostgreSQL ends whichever notices first.
    await client.query(`BEGIN; SET LOCAL deadlock_timeout = '60s'; SELECT FROM ${table} WHERE user_id = 'b' FOR UPDATE`)
    const save = store.save([writeOf({ userId: 'a', version: 2 }), writeOf({ userId: 'b', version: 2 })])
    const { rows: sessions } = await client.query('SELECT pg_backend_pid() AS pid')
    const waiting = 'SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))'
    await until(async () => (await database.pool.query(waiting, [sessions[0].pid])).rows.length > 0)
    const stranger = client.query(`SELECT FROM ${table} WHERE user_id = 'a' FOR UPDATE`).catch((error: Error) => error)
    const crossed = await Promise.race([stranger, save])
    await stranger
    await client.query('ROLLBACK')
    client.release()
    expect(crossed).toBeDefined()
    expect(states).toContain('40P01')
    expect(await save).toEqual([{ ok: true }, { ok: true }])
    await store.close()
  })
})
