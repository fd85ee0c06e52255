export type { RedisClient } from './driver/recognise.ts'
export type { RedisStoreOptions } from './options.ts'
export { redisStore } from './redis-store.ts'
