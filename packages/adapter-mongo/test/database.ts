import type { Db, MongoClient } from 'mongodb'
import * as driver7 from 'mongodb'
import * as driver6 from 'mongodb6'

/** Both drivers the package is tested with, by their major version. They differ in types that do not matter here. */
export const DRIVERS = { 6: driver6 as unknown as typeof driver7, 7: driver7 } as const

/** A database of its own, dropped when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  readonly client: MongoClient
  readonly db: Db
}

function urlOf(variable: 'MONGO_URL' | 'MONGO_STANDALONE_URL'): string {
  const url = process.env[variable]
  if (url === undefined) throw new Error(`${variable} is not set; run \`pnpm services up\``)
  return url
}

export async function openDatabase(
  variable: 'MONGO_URL' | 'MONGO_STANDALONE_URL' = 'MONGO_URL',
  driver: keyof typeof DRIVERS = 7,
  options: driver7.MongoClientOptions = {},
): Promise<TestDatabase> {
  const client = new DRIVERS[driver].MongoClient(urlOf(variable), { serverSelectionTimeoutMS: 5_000, ...options })
  await client.connect()
  const db = client.db(`rollcall_${crypto.randomUUID().slice(0, 8)}`)
  return {
    client,
    db,
    async [Symbol.asyncDispose]() {
      await db.dropDatabase()
      await client.close()
    },
  }
}
