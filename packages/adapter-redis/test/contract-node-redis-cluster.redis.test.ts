import { NODE_REDIS_CLUSTER, urlOf } from './bindings.ts'
import { contractOn } from './contract-on.ts'

contractOn(NODE_REDIS_CLUSTER, urlOf('REDIS_CLUSTER_URL'))
