import { type ClientConfig, Pool, type PoolClient } from 'pg'
import { deadlineIn } from './deadline.ts'
import { type Connecting, hangUp, ignore } from './statements.ts'

/** One connection that is never busy with anything but leases and the clock. */
export interface LeasePool extends Connecting {
  /** Resolves within the timeout, whether or not the server says goodbye. */
  close(): Promise<void>
}

export function createLeasePool(config: ClientConfig, timeoutMs: number): LeasePool {
  const pool = new Pool({
    ...config,
    max: 1,
    keepAlive: true,
    allowExitOnIdle: true,
    idleTimeoutMillis: 60_000,
    // One attempt that is never answered would keep the only place for good.
    connectionTimeoutMillis: timeoutMs,
  })
  let latest: PoolClient | null = null
  pool.on('connect', (client) => {
    latest = client
  })
  // Stays after `close`: what breaks then is still being closed.
  pool.on('error', ignore)
  return {
    connect: pool.connect.bind(pool),
    async close() {
      await deadlineIn(timeoutMs).within(pool.end()).catch(ignore)
      if (latest !== null) hangUp(latest)
    },
  }
}
