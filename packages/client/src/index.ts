/** The presence client: connection, roster mirror, activity and page lifecycle; for browsers, React Native and Node. */
export type { ActivityState } from './activity/activity.ts'
export { createPresenceClient } from './client.ts'
export type { ClientClock } from './clock.ts'
export type { TokenSource } from './connection/connection-contract.ts'
export type { ResumeStorage } from './connection/kept.ts'
export type { RequestError } from './connection/requests.ts'
export {
  CONNECTION_STEPS,
  type ConnectionError,
  type ConnectionReason,
  type ConnectionState,
  type ConnectionStatus,
} from './connection/state.ts'
export type { Duration } from './duration.ts'
export { type Lifecycle, type LifecycleObserver, pageLifecycle } from './lifecycle/lifecycle.ts'
export type { MyPresence } from './own/my-presence.ts'
export type { Outcome } from './own/own.ts'
export type {
  ActivityOptions,
  ClientEvents,
  MessageInput,
  PresenceClient,
  PresenceClientOptions,
  StatusOptions,
} from './presence-client.ts'
export type { Readable } from './readable.ts'
export type { ClaimSource, Signals, SpaceState } from './register.ts'
export type { UsersQuery } from './roster/lists.ts'
export type { Member, PresenceStatus, UserPresence } from './roster/user-presence.ts'
export type { Membership } from './spaces/memberships.ts'
export type { ActiveSignal } from './spaces/signals.ts'
