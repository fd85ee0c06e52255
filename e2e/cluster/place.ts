import { createIndexes } from '@rollcall/adapter-mongo'
import { migrate } from '@rollcall/adapter-postgres'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { SERVER_OF, type StoreKind, type StorePlace } from './stores.ts'

/** A place of its own for a cluster; disposing it removes what the cluster left there. */
export type OwnPlace = StorePlace & AsyncDisposable

/** Prepares a server as a deployment does: indexes, migrations. Without `url` it is the one of `pnpm services up`. */
export async function preparePlace(kind: StoreKind, url = serviceUrl(kind)): Promise<OwnPlace> {
  const name = `cluster_${crypto.randomUUID().slice(0, 8)}`
  const place = { kind, url, name }
  if (kind === 'mongo') await onMongo(url, (client) => createIndexes(client.db(name)))
  if (kind === 'postgres') await onPostgres(url, (pool) => migrate(pool, { schema: name }))
  return { ...place, [Symbol.asyncDispose]: () => remove(place) }
}

function serviceUrl(kind: StoreKind): string {
  const variable = `${SERVER_OF[kind].toUpperCase()}_URL`
  const url = process.env[variable]
  if (url === undefined) throw new Error(`${variable} is not set; run \`pnpm services up\``)
  return url
}

async function remove({ kind, url, name }: StorePlace): Promise<void> {
  if (kind === 'mongo') return onMongo(url, (client) => client.db(name).dropDatabase())
  if (kind === 'postgres') return onPostgres(url, (pool) => pool.query(`DROP SCHEMA "${name}" CASCADE`))
  await onRedis(url, async (client) => {
    for await (const keys of client.scanStream({ match: `${name}*`, count: 1000 })) {
      if (keys.length > 0) await client.unlink(...(keys as string[]))
    }
  })
}

export async function onRedis(url: string, work: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url)
  try {
    await work(client)
  } finally {
    client.disconnect()
  }
}

async function onMongo(url: string, work: (client: MongoClient) => Promise<unknown>): Promise<void> {
  await using client = await new MongoClient(url).connect()
  await work(client)
}

async function onPostgres(url: string, work: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  try {
    await work(pool)
  } finally {
    await pool.end()
  }
}
