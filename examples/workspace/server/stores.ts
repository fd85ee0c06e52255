import { memoryStore, type PresenceStore } from '@rollcall/core'
import type { StoreName } from '../shared/nodes.ts'

/** A store, with the connection that the application opened for it. */
export interface OpenStore {
  readonly store: PresenceStore
  /** Ends both. */
  close(): Promise<void>
}

/** What each store needs of an application. Only the driver in use is loaded. */
const OPEN: Readonly<Record<StoreName, () => Promise<OpenStore>>> = {
  async memory() {
    const store = memoryStore()
    return { store, close: () => store.close() }
  },

  async redis() {
    const [{ Redis }, { redisStore }] = await Promise.all([import('ioredis'), import('@rollcall/adapter-redis')])
    // The store opens connections like this one, which itself is never opened.
    const store = redisStore(new Redis(urlIn('REDIS_URL'), { lazyConnect: true }), { prefix: 'rollcall-demo' })
    return { store, close: () => store.close() }
  },

  async mongo() {
    const [driver, adapter] = await Promise.all([import('mongodb'), import('@rollcall/adapter-mongo')])
    const client = await driver.MongoClient.connect(urlIn('MONGO_URL'))
    const db = client.db('rollcall_demo')
    await adapter.createIndexes(db)
    const store = adapter.mongoStore(db)
    return {
      store,
      async close() {
        await store.close()
        await client.close()
      },
    }
  },

  async postgres() {
    const [{ Pool }, adapter] = await Promise.all([import('pg'), import('@rollcall/adapter-postgres')])
    const pool = new Pool({ connectionString: urlIn('POSTGRES_URL') })
    await adapter.migrate(pool, { schema: 'rollcall_demo' })
    const store = adapter.postgresStore(pool, { schema: 'rollcall_demo' })
    return {
      store,
      async close() {
        await store.close()
        await pool.end()
      },
    }
  },
}

export const openStore = (name: StoreName): Promise<OpenStore> => OPEN[name]()

function urlIn(variable: string): string {
  const url = process.env[variable]
  if (!url) throw new Error(`${variable} is not set; \`pnpm demo --store\` sets it`)
  return url
}
