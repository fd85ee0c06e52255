import { Redis } from 'ioredis'

/** What a Redis server did so far. */
export interface RedisCounters {
  /** Commands it executed, those inside of scripts included. */
  readonly executed: number
  readonly cpuMs: number
  readonly usedBytes: number
}

/** Reads the counters of a server that nobody else uses. Its own commands are left out. */
export async function createRedisCounters(url: string) {
  const redis = new Redis(url)
  const numberIn = (text: string, field: string) => Number(new RegExp(`^${field}:([0-9.]+)`, 'm').exec(text)?.[1])
  return {
    async read(): Promise<RedisCounters> {
      const [stats, info] = [await redis.info('commandstats'), await redis.info('all')]
      let executed = 0
      for (const [, name, calls] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
        if (name !== 'info') executed += Number(calls)
      }
      const cpuS = numberIn(info, 'used_cpu_user') + numberIn(info, 'used_cpu_sys')
      return { executed, cpuMs: cpuS * 1000, usedBytes: numberIn(info, 'used_memory') }
    },
    async empty(): Promise<void> {
      await redis.flushall()
      await redis.config('SET', 'notify-keyspace-events', '')
    },
  }
}

/** Counts every command that this process sends from now on, by whatever client of the driver. */
export function countSent(): () => number {
  let sent = 0
  const prototype = Redis.prototype as unknown as { sendCommand(...args: unknown[]): unknown }
  const { sendCommand } = prototype
  prototype.sendCommand = function (...args) {
    sent++
    return sendCommand.apply(this, args)
  }
  return () => sent
}
