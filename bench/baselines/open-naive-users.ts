import type { Database } from '../servers.ts'
import { openNaiveMongo } from './naive-mongo.ts'
import { openNaivePostgres } from './naive-postgres.ts'
import type { NaiveUsers } from './naive-users.ts'

export function openNaiveUsers(database: Database, url: string): Promise<NaiveUsers> {
  if (database === 'redis') throw new Error('no application keeps its users in Redis')
  return database === 'mongo' ? openNaiveMongo(url) : openNaivePostgres(url)
}
