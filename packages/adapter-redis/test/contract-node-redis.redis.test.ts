import { NODE_REDIS, urlOf } from './bindings.ts'
import { contractOn } from './contract-on.ts'

contractOn(NODE_REDIS, urlOf('REDIS_URL'))
