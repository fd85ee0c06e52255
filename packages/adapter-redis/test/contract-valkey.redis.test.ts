import { it } from 'vitest'
import { IOREDIS, NODE_REDIS } from './bindings.ts'
import { contractOn } from './contract-on.ts'

const url = process.env.VALKEY_URL
if (url === undefined) it.skip('Valkey is not there: set VALKEY_URL')
else {
  const { 'ioredis 6, RESP3': ioredis } = IOREDIS
  const { 'node-redis 6, RESP3': nodeRedis } = NODE_REDIS
  contractOn({ ...(ioredis && { ioredis }), ...(nodeRedis && { 'node-redis': nodeRedis }) }, url)
}
