/** Other signs that nobody is there; opt-ins of their own, so that nobody else pays for them. */
export {
  type DetectedIdle,
  detectIdle,
  type IdleDetection,
  type IdleDetectionOptions,
} from './activity/detect-idle.ts'
export { type IdleWhenHiddenOptions, idleWhenHidden } from './activity/idle-when-hidden.ts'
export type { ClientClock } from './clock.ts'
export type { Duration } from './duration.ts'
export type { Readable } from './readable.ts'
