import { Pool } from 'pg'
import { GONE_AFTER_MS, type NaiveUsers, PAGE } from './naive-users.ts'

/** Presence in the application's table of users: one `UPDATE` per event and per heartbeat, and a scan for who is gone. */
export async function openNaivePostgres(url: string): Promise<NaiveUsers> {
  const pool = new Pool({ connectionString: url })
  await pool.query('DROP TABLE IF EXISTS users')
  await pool.query(`CREATE TABLE users (id text PRIMARY KEY, company text, org text, name text,
    is_online boolean NOT NULL, last_active timestamptz NOT NULL)`)
  await pool.query('CREATE INDEX ON users (org, id) WHERE is_online')
  await pool.query('CREATE INDEX ON users (company, id) WHERE is_online')
  const set = async (userId: string, isOnline: boolean) => {
    await pool.query('UPDATE users SET is_online = $2, last_active = now() WHERE id = $1', [userId, isOnline])
  }
  return {
    told: [],
    async fill(users, { spaceSize, isOnline, due = 0 }) {
      await pool.query(
        `INSERT INTO users SELECT 'user-' || i, 'company', 'org:' || i / $2::int, 'User number ' || i, $3,
          now() - CASE WHEN i < $4 THEN interval '1 hour' ELSE interval '1 second' END
        FROM generate_series(0, $1::int - 1) i`,
        [users, spaceSize, isOnline, due],
      )
      await pool.query('VACUUM ANALYZE users')
    },
    connect: (userId) => set(userId, true),
    disconnect: (userId) => set(userId, false),
    async activity(userId) {
      await pool.query('UPDATE users SET last_active = now() WHERE id = $1', [userId])
    },
    async online(userIds) {
      const { rows } = await pool.query('SELECT id FROM users WHERE id = ANY ($1) AND is_online', [userIds])
      return rows.length
    },
    async watch() {},
    async sweep() {
      const { rows } = await pool.query(
        `UPDATE users SET is_online = false WHERE is_online AND last_active < now() - $1 * interval '1 ms' RETURNING id`,
        [GONE_AFTER_MS],
      )
      return rows.length
    },
    async list(column, name, after) {
      const { rows } = await pool.query(
        `SELECT id, name, last_active FROM users
        WHERE ${column} = $1 AND is_online AND id > $2 ORDER BY id LIMIT ${PAGE}`,
        [name, after],
      )
      return rows.map(({ id }) => id)
    },
    close: () => pool.end(),
  }
}
