export { ERROR_CODES, type ErrorCode, isPresenceError, PresenceError } from './errors.ts'
export { type Clock, MAX_DELAY_MS, systemClock, type TimerHandle } from './time/clock.ts'
