/** The wire protocol: message types, guards and limits. Imports nothing, so it is what browsers load. */
export type {
  CauseNote,
  ClaimStatus,
  ClaimView,
  ConnectionView,
  Json,
  MessageView,
  Status,
} from './machine/index.ts'
export { type ClientMessageResult, parseClientMessage } from './protocol/client-guard.ts'
export type { ClientTransport, TransportLink, TransportListener } from './protocol/client-transport.ts'
export { DEFAULT_LIMITS, type Limits } from './protocol/limits.ts'
export {
  type AdminView,
  type ByeReason,
  type ClientMessage,
  type Counts,
  PROTOCOL_VERSION,
  type QueryPage,
  type SelfView,
  type Sequence,
  type ServerMessage,
  SOCKETIO_EVENT,
  type SpaceView,
  type Topic,
  type TopicDiff,
  type TopicReplay,
  type TopicSnapshot,
  type UserView,
  type WantedSpace,
  type WireLimits,
  type WireQuery,
  type WireUser,
} from './protocol/messages.ts'
export { isServerMessage } from './protocol/server-guard.ts'
