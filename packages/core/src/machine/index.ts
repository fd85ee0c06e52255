export { connectionFrom } from './connects.ts'
export { nextDeadline, wakeAt } from './deadlines.ts'
export {
  entriesOf,
  type FeedTopic,
  type IndexEntries,
  type PublishedTopic,
  type Standing,
  topicsOf,
} from './entries.ts'
export type { Cause, ClaimRequest, Opening, PresenceEvent, Verdict } from './event.ts'
export { DEFAULT_POLICY, type Policy } from './policy.ts'
export {
  type CauseNote,
  type Claim,
  type Connection,
  type EndedMark,
  emptyRecord,
  type Json,
  type LastSeenAudience,
  type Lease,
  type Loss,
  type Phase,
  RECORD_FORMAT,
  type ResumeMark,
  type Shown,
  type SpaceEntry,
  type StatusMessage,
  type UserRecord,
} from './record.ts'
export { isNewer, seal } from './seal.ts'
export { sameJson } from './spaces.ts'
export {
  type AutomaticStatus,
  automaticStatus,
  CLAIM_STATUSES,
  type ClaimStatus,
  isPresent,
  STATUSES,
  type Status,
  statusOf,
} from './status.ts'
export { type Change, net, type TransitionResult, transition } from './transition.ts'
export {
  type AdminView,
  type Audience,
  type ClaimView,
  type ConnectionView,
  differsForOthers,
  type MessageView,
  type SelfView,
  type SpaceView,
  showsAnything,
  type UserView,
  type ViewOf,
  viewOf,
} from './view.ts'
