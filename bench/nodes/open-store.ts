import { createIndexes, mongoStore } from '@rollcall/adapter-mongo'
import { migrate, postgresStore } from '@rollcall/adapter-postgres'
import { redisStore } from '@rollcall/adapter-redis'
import type { PresenceStore } from '@rollcall/core'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { Pool } from 'pg'
import type { Database } from '../servers.ts'

export const MONGO_DATABASE = 'bench'

/** Our store on a Redis that others may use too, over connections of its own. */
export function redisStoreAt(url: string): PresenceStore {
  return redisStore(new Redis(url, { lazyConnect: true }))
}

/** An empty store of ours: whatever the server held is gone. */
export async function openEmptyStore(database: Database, url: string): Promise<PresenceStore> {
  if (database === 'redis') {
    const redis = new Redis(url)
    await redis.flushall()
    redis.disconnect()
    return redisStoreAt(url)
  }
  if (database === 'postgres') {
    const pool = new Pool({ connectionString: url })
    await pool.query('DROP SCHEMA IF EXISTS rollcall CASCADE')
    await migrate(pool)
    return postgresStore(pool)
  }
  const db = (await MongoClient.connect(url)).db(MONGO_DATABASE)
  await db.dropDatabase()
  await createIndexes(db)
  return mongoStore(db)
}
