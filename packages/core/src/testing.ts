/** For the tests of applications, adapters and stores. */
export { createVirtualClock, type VirtualClock } from './time/virtual-clock.ts'
export { createScheduler, type Scheduler } from './engine/scheduler.ts'
