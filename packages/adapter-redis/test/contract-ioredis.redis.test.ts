import { IOREDIS, urlOf } from './bindings.ts'
import { contractOn } from './contract-on.ts'

contractOn(IOREDIS, urlOf('REDIS_URL'))
