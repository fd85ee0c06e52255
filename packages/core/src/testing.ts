/** For the tests of applications, adapters and stores. */

export { createScheduler, type Scheduler } from './engine/scheduler.ts'
export {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
  type TestNodeOptions,
  type TestStore,
} from './testing/test-cluster.ts'
export type { TestConnection, TestConnectOptions } from './testing/test-connection.ts'
export type { TestNode } from './testing/test-node.ts'
export type { TestWatcher } from './testing/test-watcher.ts'
export { createVirtualClock, type VirtualClock } from './time/virtual-clock.ts'
