/** The presence client: connection, roster mirror, activity and page lifecycle; for browsers, React Native and Node. */
export type { ActivityOptions, ActivityState } from './activity/options.ts'
export {
  type ClientClock,
  type ClientEvents,
  createPresenceClient,
  type MessageInput,
  type PresenceClient,
  type PresenceClientOptions,
  type ResumeStorage,
  type StatusOptions,
  type TokenSource,
} from './client.ts'
export type { ConnectionError, ConnectionReason, ConnectionState, ConnectionStatus } from './connection/state.ts'
export type { Duration } from './duration.ts'
export type { Lifecycle, LifecycleObserver } from './lifecycle/lifecycle.ts'
export type { MyPresence } from './own/my-presence.ts'
export type { Outcome, RequestError } from './own/outcome.ts'
export type { Readable } from './readable.ts'
export type { ClaimSource, Signals, SpaceState } from './register.ts'
export type { UsersQuery } from './roster/query.ts'
export type { Member, PresenceStatus, UserPresence } from './roster/user-presence.ts'
export type { ActiveSignal } from './spaces/active-signal.ts'
export type { Membership } from './spaces/membership.ts'
