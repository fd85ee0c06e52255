import { openNaiveRedis } from '../baselines/naive-redis.ts'
import type { Side } from '../contests.ts'
import type { BenchNode } from './bench-node.ts'
import { redisStoreAt } from './open-store.ts'
import { openRollcallNode, type RollcallNodeOptions } from './rollcall-node.ts'

export interface NodeOptions extends RollcallNodeOptions {
  /** Of the baseline: without a heartbeat for so long a user is gone. */
  readonly ttlS?: number
}

/** One of several nodes on a Redis. */
export function openRedisNode(side: Side, url: string, options: NodeOptions = {}): Promise<BenchNode> {
  const { ttlS, ...ours } = options
  return side === 'ours' ? openRollcallNode(redisStoreAt(url), ours) : openNaiveRedis(url, ttlS)
}
