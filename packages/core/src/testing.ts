/** For the tests of applications, adapters and stores. */

export { createScheduler, type Scheduler } from './engine/scheduler.ts'
export { createVirtualClock, type VirtualClock } from './time/virtual-clock.ts'
