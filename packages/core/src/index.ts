export { ERROR_CODES, type ErrorCode, isPresenceError, PresenceError } from './errors.ts'
export type {
  FeedChange,
  FeedListener,
  FeedSignal,
  FeedSubscription,
  NodeRenewal,
  Page,
  PresenceStore,
  StoreCapabilities,
  StoreQuery,
  Write,
  WriteResult,
} from './store/contract.ts'
export { type MemoryStoreOptions, memoryStore } from './store/memory.ts'
export { hashUserId } from './store/user-hash.ts'
export { type Clock, MAX_DELAY_MS, systemClock, type TimerHandle } from './time/clock.ts'
