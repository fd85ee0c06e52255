import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresStore } from '../src/index.ts'
import { createTarget } from '../src/projection-target.ts'
import { createStatements } from '../src/statements.ts'
import { DEFAULT_COLUMNS, inspectTable } from '../src/user-table.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const USERS = 100_000
const schemaName = 'explained'
const database = createDatabase()
const { pool } = database
const schema = `"${database.nameOf(schemaName)}"`

/** 100,000 users online in organisations of 50 and of 20,000, held by 500 nodes; 1,000 of them are due. */
async function fill(): Promise<void> {
  const store = await database.createStore(schemaName)
  await store.close()
  await pool.query(`
    INSERT INTO ${schema}.presence_record
    SELECT 'user-' || lpad(i::text, 6, '0'), 'n:' || i, i, 1, 1, CASE WHEN i % 100 = 0 THEN i END,
      ARRAY['node-' || i % 500], 'online', ARRAY['org-' || i / 50, 'large-' || i / 20000],
      'online', ARRAY['org-' || i / 50, 'large-' || i / 20000],
      jsonb_build_object('userId', 'user-' || lpad(i::text, 6, '0'), 'rev', 'n:' || i, 'connections', repeat('x', 300))
    FROM generate_series(1, ${USERS}) i;
    INSERT INTO ${schema}.presence_standing
    SELECT s.space, s.status, r.user_id, s.viewers FROM ${schema}.presence_record r
    CROSS JOIN LATERAL ${schema}.presence_standings(r.real_status, r.real_spaces, r.shown_status, r.shown_spaces) s;
    INSERT INTO ${schema}.presence_holding SELECT unnest(nodes), user_id FROM ${schema}.presence_record;
    INSERT INTO ${schema}.presence_holder
    SELECT node_id, count(*), count(*) FROM ${schema}.presence_holding GROUP BY node_id;
    INSERT INTO ${schema}.presence_node SELECT node_id, 1e15, false FROM ${schema}.presence_holder;
    INSERT INTO ${schema}.presence_node SELECT 'gone-' || i, 1e15 + i, true FROM generate_series(1, 5000) i;
    INSERT INTO ${schema}.presence_change (user_id, epoch, version, record, topics)
    SELECT user_id, 1, 1, record, ARRAY['user:' || user_id] FROM ${schema}.presence_record;
    CREATE TABLE ${schema}.users (id text PRIMARY KEY, is_online boolean, status text, last_active_at timestamptz,
      last_seen_at timestamptz, presence_epoch double precision, presence_version double precision);
    CREATE INDEX ON ${schema}.users (id) WHERE is_online;
    INSERT INTO ${schema}.users SELECT user_id, user_id LIKE '%00', 'online', now(), NULL, 1, 1
    FROM ${schema}.presence_record;
    ANALYZE`)
}

beforeAll(fill, 120_000)
afterAll(() => database[Symbol.asyncDispose]())

/** One connection, that says how it executed each statement, those inside functions included. */
async function explaining() {
  const client = await pool.connect()
  await client.query(
    `LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_level = notice; SET auto_explain.log_format = text; SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on; SET client_min_messages = notice`,
  )
  const plans: string[] = []
  const onNotice = ({ message }: { message?: string | undefined }) => plans.push(message ?? '')
  client.on('notice', onNotice)
  const one = new Proxy(pool, {
    get: (target, key) =>
      key === 'connect'
        ? async () => new Proxy(client, { get: (c, k) => (k === 'release' ? () => {} : bound(c, k)) })
        : bound(target, key),
  })
  return {
    pool: one as pg.Pool,
    plans,
    [Symbol.dispose]() {
      client.off('notice', onNotice)
      client.release(true)
    },
  }
}

function bound(target: object, key: string | symbol): unknown {
  const value = Reflect.get(target, key) as unknown
  return typeof value === 'function' ? value.bind(target) : value
}

/** Tables read from end to end, but for the one that has one row. */
function scans(plans: readonly string[]): string[] {
  return plans.flatMap((plan) => plan.match(/(Seq Scan on (?!presence_cluster)(presence_|users)\w*|Sort Key.*)/g) ?? [])
}

describe('at 100,000 users', () => {
  it('every statement of the store reads an index', async () => {
    using explained = await explaining()
    const store = postgresStore(explained.pool, { schema: database.nameOf(schemaName) })
    // Its own connections are not explained: leases are asked for by the statement itself.
    const calls: Record<string, () => Promise<unknown>> = {
      load: () => store.load(Array.from({ length: 256 }, (_, i) => `user-00${1000 + i}`)),
      'save of one': () =>
        store.save([writeOf({ userId: 'user-000001', version: 2, spaces: ['org-0'], nodes: ['node-1'] })]),
      'save of new users': () =>
        store.save(
          Array.from({ length: 256 }, (_, i) => writeOf({ userId: `new-${i}`, spaces: ['org-0'], nodes: ['node-1'] })),
        ),
      'save of standing users': () =>
        store.save(
          Array.from({ length: 256 }, (_, i) =>
            writeOf({ userId: `new-${i}`, version: 2, spaces: ['org-1'], nodes: ['node-2'] }),
          ),
        ),
      forgetting: () =>
        store.save(
          Array.from({ length: 256 }, (_, i) => ({
            ...writeOf({ userId: `new-${i}`, version: 3 }),
            record: null,
            index: null,
          })),
        ),
      due: () => store.due(100_000, null, 256),
      'due, a later page': () => store.due(100_000, '50000 user-050000', 256),
      'list of an organisation': () => store.list({ space: 'org-7', as: 'others' }, null, 50),
      'list of a large one, a later page': () => store.list({ space: 'large-2', as: 'others' }, 'user-050000', 50),
      'list by status': () => store.list({ space: 'large-2', status: 'online', as: 'admin' }, null, 50),
      'list of everywhere': () => store.list({ as: 'others' }, 'user-050000', 50),
      'list of the offline': () => store.list({ status: 'offline', as: 'others' }, null, 50),
      'count of an organisation': () => store.count({ space: 'org-7', as: 'others' }),
      'users of a node': () => store.usersOf('node-7', 'user-050000', 256),
      'dead nodes': () => store.deadNodes(1, null, 256),
      'removing a node': () => store.removeNode('node-7'),
      renewing: () =>
        explained.pool
          .connect()
          .then((client) =>
            client.query(`SELECT * FROM ${schema}.presence_renew('node-8', 1e15, 1e3, 1e9, 1, 'c', 'e', 1000)`),
          ),
      pruning: () => explained.pool.connect().then((client) => client.query(`SELECT ${schema}.presence_prune(0, 100)`)),
      'reading back': () =>
        explained.pool.connect().then((client) =>
          client.query(
            `SELECT id, user_id, epoch, version, record, note, to_jsonb(topics) AS topics
              FROM ${schema}.presence_change WHERE id = ANY ($1::bigint[])`,
            [[500, 501, 502]],
          ),
        ),
    }
    await store.load(['warm'])
    for (const [name, call] of Object.entries(calls)) {
      explained.plans.length = 0
      await call()
      expect(explained.plans.join('\n'), name).toMatch(/Index/)
      expect(
        scans(explained.plans).filter((scan) => scan.startsWith('Seq')),
        `${name}\n${explained.plans.join('\n')}`,
      ).toEqual([])
    }
    await store.close()
  })

  it('every statement of a projection reads an index', async () => {
    using explained = await explaining()
    const statements = createStatements(explained.pool, 5_000)
    const table = await inspectTable(statements, `${schema}.users`, 'id', DEFAULT_COLUMNS)
    const target = createTarget({ statements, table, toId: (id) => id, fromId: (id) => id })
    const userIds = Array.from({ length: 256 }, (_, i) => `user-00${1000 + i}`)
    const state = { isOnline: true, status: 'away', lastActiveAt: 5, lastSeenAt: null, epoch: 1, version: 2 } as const
    const calls = {
      write: () => target.write(userIds.map((userId) => ({ userId, ...state }))),
      read: () => target.read(userIds),
      online: async () => {
        let pages = 0
        for await (const _ of target.online(256)) if (++pages === 2) break
      },
    }
    for (const [name, call] of Object.entries(calls)) {
      explained.plans.length = 0
      await call()
      expect(
        scans(explained.plans).filter((scan) => scan.startsWith('Seq')),
        `${name}\n${explained.plans.join('\n')}`,
      ).toEqual([])
    }
  })

  it('a list of 50 touches as many blocks in a space of 20,000 as in one of 50', async () => {
    using explained = await explaining()
    const seen = postgresStore(explained.pool, { schema: database.nameOf(schemaName) })
    await seen.load(['warm'])
    for (const space of ['org-7', 'large-2']) {
      explained.plans.length = 0
      await seen.list({ space, as: 'others' }, null, 50)
      const [, hit = '0', read = '0'] = /Buffers: shared hit=(\d+)(?: read=(\d+))?/.exec(explained.plans.join('')) ?? []
      expect(Number(hit) + Number(read), space).toBeGreaterThan(50)
      expect(Number(hit) + Number(read), space).toBeLessThan(400)
    }
    await seen.close()
  })
})
