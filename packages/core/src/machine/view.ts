import { sameMessage } from './claims.ts'
import { isBlank } from './draft.ts'
import type {
  CauseNote,
  Connection,
  Json,
  LastSeenAudience,
  Phase,
  Shown,
  StatusMessage,
  UserRecord,
} from './record.ts'
import { emptyRecord } from './record.ts'
import { sameSpaces, spacesOf } from './spaces.ts'
import { automaticStatus, type ClaimStatus, isInvisible, isPresent, type Status } from './status.ts'

/** Who looks: others, the user, or an admin. */
export type Audience = 'others' | 'self' | 'admin'

/** A status message as anybody sees it. */
export interface MessageView {
  readonly text: string
  readonly emoji: string | null
  /** Store time in ms, or `null` for no end. */
  readonly until: number | null
}

/** A space that a user stands in, with the newest state there. */
export interface SpaceView {
  readonly space: string
  readonly state: Json
}

/** What others see. Of an invisible user it equals what they would see had the user gone offline at that moment. */
export interface UserView {
  readonly userId: string
  readonly status: Status
  /** When the status last changed; store time in ms, 0 for a user never seen. */
  readonly statusSince: number
  /** Latest sign of life, once offline; `null` while present, never seen, or not for this viewer. */
  readonly lastSeenAt: number | null
  readonly message: MessageView | null
  /** Empty for who reads `offline`. */
  readonly spaces: readonly SpaceView[]
}

/** A claim that stands. */
export interface ClaimView {
  readonly source: string
  readonly status: ClaimStatus
  readonly priority: number
  readonly until: number | null
  readonly connectionId: string | null
}

/** One connection, for its user and for admins. */
export interface ConnectionView {
  readonly connectionId: string
  readonly sessionId: string
  readonly phase: Phase | 'lost'
  /** When a lost connection ends unless it comes back. */
  readonly lostUntil: number | null
  readonly held: boolean
  readonly device: string | null
  readonly openedAt: number
  readonly spaces: readonly SpaceView[]
}

/** What a user sees of themself: the real state, and whether it is hidden. */
export interface SelfView extends UserView {
  /** Others see `offline`. */
  readonly hidden: boolean
  /** Last input, from `away` on; `null` before. */
  readonly lastActiveAt: number | null
  readonly lastSeenTo: LastSeenAudience
  readonly claims: readonly ClaimView[]
  readonly connections: readonly ConnectionView[]
  /** The rule behind the present status. */
  readonly cause: CauseNote | null
}

/** What an admin sees: the real state, and what others see. */
export interface AdminView extends SelfView {
  readonly shown: { readonly status: Status; readonly statusSince: number; readonly lastSeenAt: number | null }
}

export interface ViewOf {
  readonly others: UserView
  readonly self: SelfView
  readonly admin: AdminView
}

/** The state that others see, frozen or real. */
export function shownOf(record: UserRecord): Shown {
  return record.shown ?? record
}

/** The view of a user nobody knows. */
function blankView(userId: string): UserView {
  return { userId, status: 'offline', statusSince: 0, lastSeenAt: null, message: null, spaces: [] }
}

function messageView(message: StatusMessage | null): MessageView | null {
  if (message === null || isBlank(message)) return null
  const { text, emoji, until } = message
  return { text, emoji, until }
}

const NOWHERE: readonly SpaceView[] = []

function spaceViews(spaces: readonly { space: string; state: Json }[]): readonly SpaceView[] {
  return spaces.length === 0 ? NOWHERE : spaces.map(({ space, state }) => ({ space, state }))
}

function lastSeenIn(state: Shown, permitted: boolean): number | null {
  return permitted && !isPresent(state.status) && state.lastSeenAt > 0 ? state.lastSeenAt : null
}

/** Until the connections are away it runs, and views carry no running values. */
function lastActiveIn({ connections, lastActiveAt }: UserRecord): number | null {
  return lastActiveAt === 0 || automaticStatus(connections) === 'online' ? null : lastActiveAt
}

function othersView(record: UserRecord): UserView {
  const shown = shownOf(record)
  return {
    userId: record.userId,
    status: shown.status,
    statusSince: shown.statusSince,
    lastSeenAt: lastSeenIn(shown, shown.lastSeenTo === 'everyone'),
    message: messageView(shown.message),
    spaces: isPresent(shown.status) ? spaceViews(spacesOf(record)) : [],
  }
}

function connectionView(connection: Connection): ConnectionView {
  const { id, sessionId, phase, lost, lease, device, openedAt, spaces } = connection
  return {
    connectionId: id,
    sessionId,
    phase: lost === null ? phase : 'lost',
    lostUntil: lost?.until ?? null,
    held: lease === null,
    device,
    openedAt,
    spaces: spaceViews(spaces),
  }
}

function selfView(record: UserRecord): SelfView {
  const claims: ClaimView[] = []
  for (const { source, status, priority, until, connectionId } of record.claims) {
    if (status !== null) claims.push({ source, status, priority, until, connectionId })
  }
  return {
    userId: record.userId,
    status: record.status,
    statusSince: record.statusSince,
    lastSeenAt: lastSeenIn(record, true),
    message: messageView(record.message),
    spaces: isPresent(record.status) ? spaceViews(spacesOf(record)) : [],
    hidden: isInvisible(record.claims),
    lastActiveAt: lastActiveIn(record),
    lastSeenTo: record.lastSeenTo,
    claims,
    connections: record.connections.map(connectionView),
    cause: record.cause,
  }
}

/**
 * The one projection: every read path goes through it. What an audience may see of a user, as of the last stored
 * transition. A function of the record alone; views carry no version and no running values.
 */
export function viewOf<A extends Audience>(record: UserRecord | null, userId: string, audience: A): ViewOf[A]
export function viewOf(record: UserRecord | null, userId: string, audience: Audience): UserView {
  if (audience === 'others') return record === null ? blankView(userId) : othersView(record)
  const self: SelfView =
    record === null
      ? {
          ...blankView(userId),
          hidden: false,
          lastActiveAt: null,
          lastSeenTo: 'everyone',
          claims: [],
          connections: [],
          cause: null,
        }
      : selfView(record)
  if (audience === 'self') return self
  const { status, statusSince, lastSeenAt } = record === null ? self : othersView(record)
  const admin: AdminView = { ...self, shown: { status, statusSince, lastSeenAt } }
  return admin
}

/** Whether others see two states differently. */
export function differsForOthers(a: UserRecord, b: UserRecord): boolean {
  const from = shownOf(a)
  const to = shownOf(b)
  if (from.status !== to.status || from.statusSince !== to.statusSince) return true
  if (!sameMessage(from.message, to.message)) return true
  if (!isPresent(to.status)) {
    return lastSeenIn(from, from.lastSeenTo === 'everyone') !== lastSeenIn(to, to.lastSeenTo === 'everyone')
  }
  return a.connections !== b.connections && !sameSpaces(spacesOf(a), spacesOf(b))
}

/** Whether anybody sees in a record more than in none. */
export function showsAnything(record: UserRecord): boolean {
  const nothing = emptyRecord(record.userId)
  return differsForOthers(nothing, record) || differsForSelf(nothing, record)
}

/** Whether the user, or an admin, sees two states differently. */
export function differsForSelf(a: UserRecord, b: UserRecord): boolean {
  if (a.status !== b.status || a.statusSince !== b.statusSince || a.lastSeenTo !== b.lastSeenTo) return true
  if (!sameMessage(a.message, b.message)) return true
  if (!isPresent(b.status) && a.lastSeenAt !== b.lastSeenAt) return true
  if (a.claims !== b.claims && !sameClaims(a, b)) return true
  if (a.cause !== b.cause && !sameCause(a.cause, b.cause)) return true
  if (a.connections === b.connections) return false
  if (a.connections.length !== b.connections.length) return true
  if (lastActiveIn(a) !== lastActiveIn(b)) return true
  return a.connections.some((connection, i) => {
    const other = b.connections[i] as Connection
    return (
      connection !== other &&
      (connection.id !== other.id ||
        connection.lost?.until !== other.lost?.until ||
        // Of a lost connection nobody sees the phase.
        (connection.lost === null && connection.phase !== other.phase) ||
        !sameSpaces(connection.spaces, other.spaces))
    )
  })
}

function sameCause(a: CauseNote | null, b: CauseNote | null): boolean {
  return a?.cause === b?.cause && a?.at === b?.at && a?.nodeId === b?.nodeId && a?.connectionId === b?.connectionId
}

function sameClaims(a: UserRecord, b: UserRecord): boolean {
  const standing = (record: UserRecord) => record.claims.filter(({ status }) => status !== null)
  const from = standing(a)
  const to = standing(b)
  return (
    from.length === to.length &&
    from.every((claim, i) => {
      const other = to[i]
      return (
        claim === other ||
        (claim.source === other?.source &&
          claim.status === other.status &&
          claim.priority === other.priority &&
          claim.until === other.until &&
          claim.connectionId === other.connectionId)
      )
    })
  )
}
