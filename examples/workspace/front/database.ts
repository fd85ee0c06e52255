import { startOwn } from '../../../scripts/services/own-server.ts'
import { checkGiven } from '../../../scripts/services/service.ts'
import type { StoreName } from '../shared/nodes.ts'

export type DatabaseName = Exclude<StoreName, 'memory'>

/** A database that runs. */
export interface Database {
  /** What it is and where it came from. */
  readonly label: string
  /** The variable that the nodes read, and the URL in it. */
  readonly env: Readonly<Record<string, string>>
  /** Stops it if it was started here. */
  close(): Promise<void>
}

const KNOWN: Readonly<Record<DatabaseName, { readonly title: string; readonly variable: string }>> = {
  redis: { title: 'Redis', variable: 'REDIS_URL' },
  mongo: { title: 'MongoDB', variable: 'MONGO_URL' },
  postgres: { title: 'PostgreSQL', variable: 'POSTGRES_URL' },
}

/**
 * The database that the environment names, else one started for this demo, empty, which goes with it.
 *
 * @throws when the one cannot be reached or the other cannot be had, saying what was tried and what to do.
 */
export async function findDatabase(store: DatabaseName): Promise<Database> {
  const { title, variable } = KNOWN[store]
  const given = process.env[variable]
  if (given) {
    await checkGiven(variable, given)
    return { label: `${title} at ${new URL(given).host} (${variable})`, env: {}, close: async () => {} }
  }
  console.log(`${variable} is not set: starting ${title} for the demo`)
  try {
    // A replica set, though of one: MongoDB has change streams only there.
    const server = await startOwn(store, { clustered: store === 'mongo' })
    return { label: server.label, env: { [variable]: server.url }, close: server.close }
  } catch (error) {
    throw new Error(`${(error as Error).message}; put one on the path, start Docker, or set ${variable}`)
  }
}
