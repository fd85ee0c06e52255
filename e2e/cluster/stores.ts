import type { PresenceStore } from '@rollcall/core'

/** The stores that nodes share: `redis` by ioredis, `node-redis` by the other driver. */
export type StoreKind = 'redis' | 'node-redis' | 'mongo' | 'postgres'

/** Which server of the tests a store lies on. */
export const SERVER_OF = {
  redis: 'redis',
  'node-redis': 'redis',
  mongo: 'mongo',
  postgres: 'postgres',
} as const satisfies Record<StoreKind, string>

/** Where a store lies: every node of a cluster is given the same. */
export interface StorePlace {
  readonly kind: StoreKind
  readonly url: string
  /** Prefix, database or schema: of one cluster alone. */
  readonly name: string
}

export interface OpenedStore {
  readonly store: PresenceStore
  close(): Promise<void>
}

const noListener = () => {}

/** Opens a store as an application does. Drivers are loaded only when they are needed: a node must start quickly. */
export async function openStore({ kind, url, name }: StorePlace, timeoutMs: number): Promise<OpenedStore> {
  switch (kind) {
    case 'redis': {
      const [{ redisStore }, { Redis }] = await Promise.all([import('@rollcall/adapter-redis'), import('ioredis')])
      const client = new Redis(url).on('error', noListener)
      return opened(redisStore(client, { prefix: name, timeout: timeoutMs }), () => client.disconnect())
    }
    case 'node-redis': {
      const [{ redisStore }, { createClient }] = await Promise.all([import('@rollcall/adapter-redis'), import('redis')])
      const client = createClient({ url })
      await client.on('error', noListener).connect()
      return opened(redisStore(client, { prefix: name, timeout: timeoutMs }), () => client.destroy())
    }
    case 'mongo': {
      const [{ mongoStore }, { MongoClient }] = await Promise.all([
        import('@rollcall/adapter-mongo'),
        import('mongodb'),
      ])
      // The only member is the only server: a driver that looks for others may drop it for good when it restarts.
      const client = await new MongoClient(url, { directConnection: true }).connect()
      return opened(mongoStore(client.db(name), { timeout: timeoutMs }), () => client.close())
    }
    case 'postgres': {
      const [{ postgresStore }, { default: pg }] = await Promise.all([
        import('@rollcall/adapter-postgres'),
        import('pg'),
      ])
      const pool = new pg.Pool({ connectionString: url })
      return opened(postgresStore(pool, { schema: name, timeout: timeoutMs }), () => pool.end())
    }
  }
}

function opened(store: PresenceStore, end: () => unknown): OpenedStore {
  return {
    store,
    async close() {
      await store.close()
      await end()
    },
  }
}
