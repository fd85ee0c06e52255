import { type OwnServer, startOwn } from '../scripts/services/own-server.ts'

/** The databases that a workload may need. */
export type Database = 'redis' | 'mongo' | 'postgres'

/** Servers of this bench alone, so that what they count is ours. Started when first needed, stopped with it. */
export interface Servers extends AsyncDisposable {
  of(database: Database): Promise<{ readonly url: string; readonly isStandIn: boolean }>
  /** What runs, stand-ins by their name. */
  readonly labels: ReadonlyMap<Database, string>
}

export function createServers(): Servers {
  const started = new Map<Database, Promise<OwnServer>>()
  const labels = new Map<Database, string>()
  return {
    labels,
    async of(database) {
      // Each as it is by default: PostgreSQL syncs at every commit, Redis keeps what it has in memory. MongoDB with change streams.
      const options = { durable: database === 'postgres', clustered: database === 'mongo' }
      const server = started.get(database) ?? startOwn(database, options)
      started.set(database, server)
      const { url, label } = await server
      labels.set(database, label)
      return { url, isStandIn: label.includes('stand-in') }
    },
    async [Symbol.asyncDispose]() {
      for (const server of started.values()) await (await server).close()
    },
  }
}
