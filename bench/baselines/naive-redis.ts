import { Redis } from 'ioredis'
import type { BenchNode, Told } from '../nodes/bench-node.ts'

/** Without a heartbeat for so long a user is gone. */
const TTL_S = 60
const CHANNEL = 'presence'
const keyOf = (userId: string) => `user:${userId}:sockets`

/**
 * Presence on Redis as the usual tutorials build it: a set of sockets per user that expires unless heartbeats come, its
 * size to see whether somebody came online or went, and one message for each such event.
 */
export async function openNaiveRedis(url: string, ttlS = TTL_S): Promise<BenchNode> {
  const redis = new Redis(url)
  const subscriber = new Redis(url)
  const told: Told[] = []
  const publish = async (userId: string, isOnline: boolean) => {
    told.push({ userId, isOnline, lateMs: 0 })
    await redis.publish(CHANNEL, JSON.stringify({ userId, status: isOnline ? 'online' : 'offline' }))
  }
  const socketId = (userId: string) => `${process.pid}:${userId}`
  return {
    told,
    async connect(userId) {
      const key = keyOf(userId)
      await redis.sadd(key, socketId(userId))
      await redis.expire(key, ttlS)
      if ((await redis.scard(key)) === 1) await publish(userId, true)
    },
    async disconnect(userId) {
      const key = keyOf(userId)
      await redis.srem(key, socketId(userId))
      if ((await redis.scard(key)) === 0) await publish(userId, false)
    },
    async activity(userId) {
      await redis.expire(keyOf(userId), ttlS)
    },
    async online(userIds) {
      const pipeline = redis.pipeline()
      for (const userId of userIds) pipeline.scard(keyOf(userId))
      let online = 0
      for (const [, sockets] of (await pipeline.exec()) ?? []) if ((sockets as number) > 0) online++
      return online
    },
    async watch(_, heard) {
      subscriber.on('message', (_, text) => {
        const { userId, status } = JSON.parse(text) as { userId: string; status: string }
        heard(userId, status === 'online')
      })
      await subscriber.subscribe(CHANNEL)
    },
    async close() {
      redis.disconnect()
      subscriber.disconnect()
    },
  }
}

/** Whoever's key expired went offline: every node listens to the server, and tells what it hears. */
export async function reapExpired(url: string, heard: (userId: string) => void): Promise<void> {
  const subscriber = new Redis(url)
  await subscriber.config('SET', 'notify-keyspace-events', 'Ex')
  await subscriber.subscribe('__keyevent@0__:expired')
  subscriber.on('message', (_, key) => {
    if (key.startsWith('user:')) heard(key.slice('user:'.length, -':sockets'.length))
  })
}
