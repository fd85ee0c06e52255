import { IOREDIS_CLUSTER, urlOf } from './bindings.ts'
import { contractOn } from './contract-on.ts'

contractOn(IOREDIS_CLUSTER, urlOf('REDIS_CLUSTER_URL'))
