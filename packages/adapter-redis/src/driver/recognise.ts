import { PresenceError } from '@rollcall/core'
import type { RedisDriver } from './driver.ts'
import { type IoredisClient, ioredisDriver } from './ioredis.ts'
import { nodeRedisDriver } from './node-redis.ts'
import { nodeRedisClusterDriver } from './node-redis-cluster.ts'
import { isCluster, type NodeRedisClient, type NodeRedisCluster } from './node-redis-own.ts'

/** A client or Cluster of ioredis (`ioredis`) or node-redis (`redis`), version 5 or 6. */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster

/** No driver is imported: a client is known by what it can do. */
export function driverOf(client: RedisClient): RedisDriver {
  const methods = (client ?? {}) as Partial<Record<'call' | 'duplicate' | 'sendCommand' | 'getMasterNode', unknown>>
  if (typeof methods.getMasterNode === 'function') {
    throw new PresenceError(
      'invalid-option',
      'the client is a Sentinel of node-redis, which knows no sharded channels: give a client of ioredis, `new Redis({ sentinels, name })`',
      { client: 'RedisSentinel' },
    )
  }
  if (typeof methods.duplicate === 'function') {
    if (typeof methods.call === 'function' && 'isCluster' in client) return ioredisDriver(client as IoredisClient)
    if (typeof methods.sendCommand === 'function') {
      const known = client as NodeRedisClient | NodeRedisCluster
      return isCluster(known) ? nodeRedisClusterDriver(known) : nodeRedisDriver(known)
    }
  }
  throw new PresenceError(
    'invalid-option',
    'the client is none of ioredis or node-redis, version 5 or 6: give what `new Redis()`, `new Cluster()`, `createClient()` or `createCluster()` returns',
    { client: typeof client },
  )
}
