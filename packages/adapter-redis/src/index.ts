export type { RedisClient } from './driver/recognise.ts'
export type { RedisStoreOptions } from './options.ts'
export { type RedisFeedOptions, redisFeed } from './redis-feed.ts'
export { redisStore } from './redis-store.ts'
