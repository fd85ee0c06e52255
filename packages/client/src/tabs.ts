/** One connection for all tabs of a user; an opt-in of its own, so that nobody else pays for it. */
export type { ClientClock } from './clock.ts'
export type { TabChannel, TabPlatform } from './tabs/room.ts'
export { type SharedTabsOptions, sharedTabs } from './tabs/shared-tabs.ts'
