/** For authors of adapters. */
export { leaseFor, MAX_BEAT_MS } from './engine/beats.ts'
export { createPresence } from './engine/create-presence.ts'
export type {
  Access,
  ClaimInput,
  ClusterChange,
  ConnectionListener,
  EndReason,
  FanOut,
  Freshness,
  HeldConnection,
  Identity,
  Join,
  Leased,
  LeasedConnection,
  LeasedState,
  LeaseRequest,
  Opened,
  OpenRequest,
  Presence,
  PresenceChange,
  PresenceEvents,
  SweepResult,
  Viewer,
  WatcherGroup,
} from './engine/presence.ts'
export { ERROR_CODES, type ErrorCode, isPresenceError, PresenceError } from './errors.ts'
/** The machine: what a user's record becomes when something happens. Pure; the engine does the rest. */
export {
  type AdminView,
  type Audience,
  type AutomaticStatus,
  type Cause,
  type CauseNote,
  type Change,
  type Claim,
  type ClaimRequest,
  type ClaimStatus,
  type ClaimView,
  type Connection,
  type ConnectionView,
  DEFAULT_POLICY,
  type EndedMark,
  emptyRecord,
  type FeedTopic,
  type IndexEntries,
  type Json,
  type LastSeenAudience,
  type Lease,
  type Loss,
  type MessageView,
  type Opening,
  type Phase,
  type Policy,
  type PresenceEvent,
  type PublishedTopic,
  type ResumeMark,
  type SelfView,
  type Shown,
  type SpaceEntry,
  type SpaceView,
  type Standing,
  type Status,
  type StatusMessage,
  type TransitionResult,
  transition,
  type UserRecord,
  type UserView,
  type Verdict,
  type ViewOf,
  viewOf,
  wakeAt,
} from './machine/index.ts'
export type { PresenceOptions } from './options.ts'
export { type PolicyOptions, policies } from './policies.ts'
export type { ProjectedState } from './projection/projected-state.ts'
export {
  createProjection,
  type Projection,
  type ProjectionOptions,
  type ProjectionTarget,
} from './projection/projection.ts'
export { createRecent, type Recent } from './recent.ts'
export type { ClaimSource, Meta, Register, Signals, SpaceState } from './register.ts'
/** For authors of adapters. */
export type { Authenticate, Authenticated } from './session/authenticate.ts'
export { createLeasedHost, type Heard, type LeasedHost, type LeasedHostOptions } from './session/leased/leased-host.ts'
export { type Ear, selfDigest, type WatchedTopic } from './session/leased/listening.ts'
export type { ClientOptions, SessionOptions } from './session/options.ts'
export { permits } from './session/permissions.ts'
export { answerQuery } from './session/queries.ts'
export { DEFAULT_RATE_LIMITS, type RateLimit, type RateLimits, takeOne } from './session/rate-limits.ts'
export type { Session } from './session/session.ts'
export { createSessionHost, type SessionHost } from './session/session-host.ts'
export type { CloseCause, SessionTransport } from './session/transport.ts'
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
export { hashRev } from './store/rev-hash.ts'
export { createTopicIndex, type TopicIndex } from './store/topic-index.ts'
export { type ChangeFeed, type Publication, withFeed } from './store/with-feed.ts'
export { type Metrics, noTelemetry, type Telemetry } from './telemetry.ts'
export { type Clock, MAX_DELAY_MS, systemClock, type TimerHandle } from './time/clock.ts'
export { type Duration, toMs } from './time/duration.ts'
