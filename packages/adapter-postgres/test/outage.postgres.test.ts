import { Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { listen, until } from './ear.ts'
import { type NetworkProxy, startProxy } from './proxy.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
const server = new URL(process.env.POSTGRES_URL ?? 'postgres://127.0.0.1')
let proxy: NetworkProxy
beforeAll(async () => {
  proxy = await startProxy(server.hostname, Number(server.port || 5432))
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** A store whose every connection goes through the proxy. */
async function behindProxy(name: string, timeout: number, config: pg.PoolConfig = {}) {
  await (await database.createStore(name)).close()
  const url = new URL(server)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  const pool = new pg.Pool({ connectionString: url.href, max: 3, connectionTimeoutMillis: timeout, ...config })
  /** Of the store's own connections. */
  const sockets: Socket[] = []
  const stream = () => {
    const socket = new Socket()
    sockets.push(socket)
    return socket
  }
  const listen = { connectionString: url.href, stream }
  const store = postgresStore(pool, { schema: database.nameOf(name), timeout, listen })
  await store.load(['ada'])
  return {
    store,
    pool,
    sockets,
    async [Symbol.asyncDispose]() {
      proxy.resume()
      await store.close()
      await pool.end()
    },
  }
}

const TERMS = { afterMs: 1e9, forMs: 1 }

describe('while the server is away', () => {
  it('calls that get no answer reject within the deadline, and later ones pass again', async () => {
    await using behind = await behindProxy('stalled', 300)
    const { store } = behind
    const ear = await listen(store, 'user:ada')
    await store.renewNode('n1', 2_000, 1_000, TERMS)
    proxy.stall()
    const calls = [
      store.load(['ada']),
      store.save([writeOf({ userId: 'ada' })]),
      store.now(),
      store.renewNode('n1', 3_000, 1_000, TERMS),
      store.deadNodes(0, null, 10),
      store.removeNode('n9'),
      store.due(0, null, 10),
      store.count({ as: 'others' }),
      store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} }),
      ear.subscription.publish({ topic: 'space:a', signal: 1 }),
    ]
    const results = await Promise.allSettled(calls)
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      calls.map(() => 'unavailable'),
    )
    proxy.resume()
    // What was sent before the stall may be executed now: whoever asks learns which.
    const [result] = await store.save([writeOf({ userId: 'bob' })])
    expect(result).toEqual({ ok: true })
  })

  it('refused and cut connections reject at once and do not end the process; the feed comes back with a gap', async () => {
    await using behind = await behindProxy('cut', 5_000)
    const { store } = behind
    const ear = await listen(store, 'user:ada')
    proxy.cut(true)
    // Not by the deadline, which has no cause.
    const atOnce = { code: 'unavailable', cause: expect.any(Error) }
    await expect(store.load(['ada'])).rejects.toMatchObject(atOnce)
    await expect(store.save([writeOf({ userId: 'ada' })])).rejects.toMatchObject(atOnce)
    await expect(store.now()).rejects.toMatchObject(atOnce)
    proxy.resume()
    await until(() => ear.gaps.length > 0)
    await store.save([writeOf({ userId: 'ada' })])
    await until(() => ear.changes.length > 0)
  })

  it('connections that are taken and never answered are given up, and the lease and the feed come back', async () => {
    await using behind = await behindProxy('swallowed', 200)
    const { store, sockets } = behind
    const ear = await listen(store, 'user:ada')
    proxy.swallow()
    await expect(store.now()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.renewNode('n1', 2_000, 1_000, TERMS)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })).rejects.toMatchObject({
      code: 'unavailable',
    })
    // The first session, the one that is to replace it, the last one, and some for leases.
    await until(() => sockets.length >= 5)
    proxy.resume()
    await until(() => ear.gaps.length > 0)
    expect((await store.renewNode('n1', 2_000, 1_000, TERMS)).stands).toBe(true)
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(2)
    await store.save([writeOf({ userId: 'ada' })])
    await until(() => ear.changes.length > 0)
  })

  it('the store closes within the deadline', async () => {
    await using behind = await behindProxy('closing', 200)
    const { store, sockets } = behind
    await listen(store, 'user:ada')
    await store.now()
    proxy.stall()
    await store.close()
    expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([])
  })

  it('topics cannot be added, and are heard once it is back', async () => {
    await using behind = await behindProxy('adding', 400)
    const { store } = behind
    const ear = await listen(store, 'user:ada')
    proxy.cut(true)
    await until(() => proxy.open === 0)
    await expect(ear.subscription.add(['user:bob', 'space:a', 'space:b'])).rejects.toMatchObject({
      code: 'unavailable',
    })
    proxy.resume()
    await until(() => ear.gaps.length > 0)
    await store.save([writeOf({ userId: 'bob' })])
    await until(() => ear.changes.length > 0)
  })

  it('a pool that is busy does not keep a node from renewing its lease', async () => {
    await using behind = await behindProxy('busy', 1_000, { max: 1 })
    const { store, pool } = behind
    const client = await pool.connect()
    await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'unavailable' })
    expect((await store.renewNode('n1', 2_000, 1_000, TERMS)).stands).toBe(true)
    expect(await store.now()).toBeGreaterThan(0)
    client.release()
    // The call that gave up got a connection after all, and gave it back.
    expect(await store.load(['ada'])).toEqual([null])
  })

  it('a record that somebody else locks fails its own call only, and the lock is not waited for afterwards', async () => {
    await using behind = await behindProxy('locked', 400)
    const { store } = behind
    await store.save([writeOf({ userId: 'ada' })])
    const client = await database.pool.connect()
    const table = `"${database.nameOf('locked')}".presence_record`
    await client.query(`BEGIN; SELECT FROM ${table} WHERE user_id = 'ada' FOR UPDATE`)
    const [blocked, free] = await Promise.allSettled([
      store.save([writeOf({ userId: 'ada', version: 2 })]),
      store.save([writeOf({ userId: 'bob' })]),
    ])
    expect(blocked).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    expect(free).toMatchObject({ status: 'fulfilled', value: [{ ok: true }] })
    await client.query('ROLLBACK')
    client.release()
    // Not executed later: the statement gave up when its caller did.
    await database.pool.query(`SELECT FROM ${table} WHERE user_id = 'ada' FOR UPDATE`)
    expect((await store.load(['ada']))[0]?.version).toBe(1)
  })
})

describe('a closed store', () => {
  it('refuses calls, and leaves the pool open', async () => {
    const store = await database.createStore('closed')
    await store.close()
    await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'not-running' })
    await expect(store.now()).rejects.toMatchObject({ code: 'not-running' })
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})
