import { createPresence, type Presence, type ProjectedState } from '@rollcall/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type PostgresProjectionOptions, projection } from '../src/index.ts'
import { createTarget } from '../src/projection-target.ts'
import { createStatements } from '../src/statements.ts'
import { type Columns, DEFAULT_COLUMNS, inspectTable } from '../src/user-table.ts'
import { createDatabase } from './schema.ts'

const database = createDatabase()
const { pool } = database
afterAll(() => database[Symbol.asyncDispose]())

const COLUMNS = `is_online boolean NOT NULL DEFAULT false, status text NOT NULL DEFAULT 'offline',
  last_active_at timestamptz, last_seen_at timestamptz,
  presence_epoch double precision, presence_version double precision`
const MINUTE = 60_000
const LISTENER = { onSelf() {}, onEnded() {}, probe: async () => true }

/** As if that much later, in ms. */
function inTime(presence: Presence, time: { readonly later: number }): Presence {
  const clock = { ...presence.clock, monotonic: () => presence.clock.monotonic() + time.later }
  return Object.create(presence, { clock: { value: clock } })
}

/** A node on a store of its own, and a table of users in the same schema. */
async function setUp(name: string, idType = 'text', ids: readonly string[] = ['ada', 'bob']) {
  const store = await database.createStore(name)
  const table = `"${database.nameOf(name)}".users`
  await pool.query(`CREATE TABLE ${table} (id ${idType} PRIMARY KEY, ${COLUMNS})`)
  await pool.query(`INSERT INTO ${table} (id) SELECT unnest($1::text[])::${idType}`, [ids])
  const presence = createPresence({ store })
  await presence.start()
  const rowOf = async (id: string) => {
    const { rows } = await pool.query(
      `SELECT *, last_active_at > now() - interval '1 minute' AS lately
      FROM ${table} WHERE id::text = $1`,
      [id],
    )
    return rows[0]
  }
  return {
    store,
    table,
    presence,
    rowOf,
    project: (options: Partial<PostgresProjectionOptions> = {}) =>
      projection({ presence, store, pool, table, repairEvery: false, ...options }),
    async [Symbol.asyncDispose]() {
      await presence.stop()
      await store.close()
    },
  }
}

async function connect(presence: Presence, userId: string, connectionId = userId) {
  const viewer = presence.viewerOf({ userId }, connectionId)
  const listener = { ...LISTENER, describe: () => ({ viewer, spaces: [] }) }
  const request = { viewer, connectionId, spaces: [], instance: null, resume: null, invisible: null, listener }
  return (await presence.open(request)).connection
}

describe('a projection onto a table of users', () => {
  it('shows who is online, since when, and who was seen last when', async () => {
    await using world = await setUp('shown')
    const { presence, rowOf } = world
    const projected = await world.project()
    const connection = await connect(presence, 'ada')
    await projected.flush()
    expect(await rowOf('ada')).toMatchObject({ is_online: true, status: 'online', lately: true, last_seen_at: null })
    await presence.claim('ada', { source: 'manual', status: 'dnd' })
    await projected.flush()
    expect(await rowOf('ada')).toMatchObject({ is_online: true, status: 'dnd' })
    await connection.leave()
    await projected.flush()
    const row = await rowOf('ada')
    expect(row).toMatchObject({ is_online: false, status: 'offline', last_seen_at: expect.any(Date) })
    expect(row.last_active_at).toEqual(row.last_seen_at)
    expect(row.last_seen_at.getTime()).toBe((await presence.get('ada')).lastSeenAt)
    expect(await rowOf('bob')).toMatchObject({ is_online: false, presence_epoch: null })
    await projected.close()
  })

  it('shows who is invisible as offline, and who is nobody of the table not at all', async () => {
    await using world = await setUp('invisible')
    const { presence, rowOf } = world
    const projected = await world.project()
    await connect(presence, 'ada')
    await connect(presence, 'a stranger')
    await presence.claim('ada', { source: 'manual', status: 'invisible' })
    await projected.flush()
    expect(await rowOf('ada')).toMatchObject({ is_online: false, status: 'offline' })
    expect((await presence.get('ada', { as: 'admin' })).status).toBe('online')
    await projected.close()
  })

  it.each([
    ['uuid', '7d444840-9dc0-11d1-b245-5ffdce74fad2', 'not a uuid'],
    ['bigint', '1234567890123456789', '9223372036854775808'],
    ['integer', '2147483647', '2147483648'],
    ['smallint', '-32768', '32768'],
    ['numeric(20,0)', '99999999999999999999', 'x'],
    ['varchar(40)', 'ada', 'nobody'],
    ['char(36)', '7d444840-9dc0-11d1-b245-5ffdce74fad2', 'nobody'],
  ])('maps ids of type %s, and leaves out who cannot have one', async (type, id, none) => {
    await using world = await setUp(`ids-${type.slice(0, 4)}`, type, [id])
    const projected = await world.project()
    await connect(world.presence, none)
    await connect(world.presence, id)
    await projected.flush()
    expect(await world.rowOf(id)).toMatchObject({ is_online: true })
    expect(await projected.repair()).toBe(0)
    await world.presence.signOut(id)
    await projected.close()
    expect(await world.rowOf(id)).toMatchObject({ is_online: false })
  })

  it('keeps who is present under another spelling of the id of their row online', async () => {
    const id = '7d444840-9dc0-11d1-b245-5ffdce74fad2'
    await using world = await setUp('spelled', 'uuid', [id])
    const time = { later: 0 }
    const projected = await world.project({ presence: inTime(world.presence, time) })
    await connect(world.presence, id.toUpperCase())
    await projected.flush()
    for (time.later of [0, MINUTE, 2 * MINUTE]) {
      expect(await projected.repair()).toBe(0)
      expect(await world.rowOf(id)).toMatchObject({ is_online: true })
    }
    await projected.close()
  })

  it('leaves rows alone that do not lead back to themselves', async () => {
    await using world = await setUp('astray', 'integer', ['7', '8'])
    await pool.query(`UPDATE ${world.table} SET is_online = true`)
    const fromId = (id: string) => {
      if (id === '8') throw new RangeError('no user has it')
      return id
    }
    const time = { later: 0 }
    const presence = inTime(world.presence, time)
    const projected = await world.project({ presence, toId: (userId) => Number(userId) + 1, fromId })
    for (time.later of [0, MINUTE]) expect(await projected.repair()).toBe(0)
    expect(await world.rowOf('7')).toMatchObject({ is_online: true })
    await projected.close()
  })

  it('refuses one way between ids without the other, and two states in one column', async () => {
    await using world = await setUp('refused')
    await expect(world.project({ toId: (userId) => userId })).rejects.toMatchObject({ code: 'invalid-option' })
    for (const columns of [{ epoch: 'presence_version' }, { status: 'id' }]) {
      await expect(world.project({ columns })).rejects.toMatchObject({ code: 'invalid-option' })
    }
  })

  it('says that the table is unfit, and writes what waited once it is fit again', async () => {
    await using world = await setUp('unfit')
    const { presence, table, rowOf } = world
    const projected = await world.project()
    await pool.query(`ALTER TABLE ${table} RENAME status TO moved`)
    await connect(presence, 'ada')
    const message = expect.stringMatching(/^the table .*users cannot be read or written \(.*status.* does not exist\)/)
    await expect(projected.flush()).rejects.toMatchObject({ code: 'store-unfit', message })
    await pool.query(`ALTER TABLE ${table} RENAME moved TO status`)
    await projected.flush()
    expect(await rowOf('ada')).toMatchObject({ is_online: true })
    await projected.close()
  })

  it('maps ids as the application says', async () => {
    await using world = await setUp('mapped', 'integer', ['7'])
    const toId = (userId: string) => {
      if (!userId.includes(':')) throw new RangeError('a stranger')
      return userId.startsWith('user:') ? Number(userId.slice(5)) : null
    }
    const projected = await world.project({ toId, fromId: (id) => `user:${id}` })
    await connect(world.presence, 'user:7')
    await connect(world.presence, 'guest:7')
    await connect(world.presence, 'stranger')
    await world.presence.signOut('guest:7')
    await projected.flush()
    expect(await world.rowOf('7')).toMatchObject({ is_online: true })
    await projected.close()
  })

  it('is repaired: rows of users who left, or were forgotten, while nobody projected', async () => {
    await using world = await setUp('repaired', 'text', ['ada', 'bob', 'cyd'])
    const { presence, rowOf } = world
    const first = await world.project()
    for (const userId of ['ada', 'bob']) await connect(presence, userId)
    await first.close()
    await presence.signOut('ada')
    await presence.forget('bob')
    await connect(presence, 'cyd')
    expect(await rowOf('ada')).toMatchObject({ is_online: true })
    const time = { later: 0 }
    const second = await world.project({ presence: inTime(presence, time) })
    expect(await second.repair()).toBe(2)
    time.later = MINUTE
    expect(await second.repair()).toBe(1)
    expect(await rowOf('ada')).toMatchObject({ is_online: false, last_seen_at: expect.any(Date) })
    expect(await rowOf('bob')).toMatchObject({ is_online: false, last_seen_at: null })
    expect(await rowOf('cyd')).toMatchObject({ is_online: true })
    expect(await second.repair({ all: true })).toBe(0)
    await second.close()
  })

  it('names the table or the columns that are not there, and how to add them', async () => {
    await using world = await setUp('lacking')
    await expect(world.project({ table: 'no_such_table' })).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringMatching(/no table no_such_table/),
    })
    await expect(world.project({ id: 'uid' })).rejects.toMatchObject({ message: expect.stringMatching(/column uid/) })
    await pool.query(`ALTER TABLE ${world.table} DROP COLUMN status, DROP COLUMN presence_epoch`)
    const missing = /ADD COLUMN "status" text, ADD COLUMN "presence_epoch" double precision/
    await expect(world.project()).rejects.toMatchObject({
      code: 'store-unfit',
      message: expect.stringMatching(missing),
    })
    await pool.query(`ALTER TABLE ${world.table} ADD COLUMN presence_epoch double precision`)
    await (await world.project({ columns: { status: false } })).close()
  })

  it('writes only the columns it is given, of the types they have', async () => {
    await using world = await setUp('types')
    const { table, presence } = world
    await pool.query(`CREATE TYPE ${table}_status AS ENUM ('online', 'away', 'busy', 'dnd', 'offline');
      ALTER TABLE ${table} ALTER status DROP DEFAULT, ALTER status TYPE ${table}_status USING status::${table}_status,
      ALTER last_active_at TYPE bigint USING 0, ALTER last_seen_at TYPE timestamp`)
    const projected = await world.project({ columns: { isOnline: false } })
    await connect(presence, 'ada')
    await presence.signOut('ada')
    await projected.flush()
    const row = await world
      .rowOf('ada')
      .catch(async () => (await pool.query(`SELECT * FROM ${table} WHERE id = 'ada'`)).rows[0])
    expect(row).toMatchObject({ is_online: false, status: 'offline', last_seen_at: expect.any(Date) })
    expect(Number(row.last_active_at)).toBe((await presence.get('ada')).lastSeenAt)
    expect(await projected.repair()).toBe(0)
    await projected.close()
  })
})

describe('the rows of a projection', () => {
  const state = (userId: string, version: number, status: 'online' | 'offline', epoch = 1): ProjectedState => {
    return { userId, isOnline: status === 'online', status, lastActiveAt: 5, lastSeenAt: null, epoch, version }
  }
  const targetOf = async (table: string, columns: Partial<Columns> = {}) => {
    const statements = createStatements(pool, 5_000)
    const userTable = await inspectTable(statements, table, 'id', { ...DEFAULT_COLUMNS, ...columns })
    return createTarget({ statements, table: userTable, toId: (id) => id, fromId: (id) => id })
  }

  it('never go back to an older state', async () => {
    await using world = await setUp('order')
    const target = await targetOf(world.table)
    for (const [epoch, version, status, is] of [
      [1, 5, 'online', true],
      [1, 4, 'offline', true],
      [1, 5, 'offline', true],
      [1, 6, 'offline', false],
      [2, 1, 'online', true],
      [1, 99, 'offline', true],
    ] as const) {
      await target.write([state('ada', version, status, epoch)])
      expect(await world.rowOf('ada')).toMatchObject({ is_online: is })
    }
  })

  it('are written by two processes at once, in opposite orders, without one waiting for the other for ever', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `user ${100 + i}`)
    await using world = await setUp('crossed', 'text', ids)
    const target = await targetOf(world.table)
    for (let version = 1; version <= 30; version++) {
      const states = ids.map((userId) => state(userId, version, 'online'))
      await Promise.all([target.write(states), target.write([...states].reverse())])
    }
    const pages: string[][] = []
    for await (const page of target.online(200)) pages.push(page.map(({ userId }) => userId))
    expect(pages).toEqual([ids.slice(0, 200), ids.slice(200)])
  })

  it('that refuse a state say so in a way that is not tried again', async () => {
    await using world = await setUp('refusing')
    await pool.query(`ALTER TABLE ${world.table} ADD CHECK (status <> 'online')`)
    const target = await targetOf(world.table)
    await expect(target.write([state('ada', 1, 'online')])).rejects.toMatchObject({ code: 'invalid-option' })
    await target.write([state('ada', 1, 'offline')])
  })
})
