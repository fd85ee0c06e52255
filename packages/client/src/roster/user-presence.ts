import type { ConnectionView, MessageView, Status, WireUser } from '@rollcall/core/protocol'
import { freeze } from '../json.ts'
import type { SpaceState } from '../register.ts'

/** A public status, or `unknown`: there never was any data of this user. */
export type PresenceStatus = Status | 'unknown'

/** What this client knows of one user. Frozen; the same object until something in it changes. */
export interface UserPresence {
  readonly userId: string
  readonly status: PresenceStatus
  /** Any status but `offline` and `unknown`. */
  readonly isOnline: boolean
  /** When the status last changed; server time in ms, `null` when not known. */
  readonly statusSince: number | null
  /** Latest sign of life of a user who is offline; server time in ms, `null` while present or not known. */
  readonly lastSeenAt: number | null
  readonly message: MessageView | null
  /** Connections with their devices; `null` unless one is an admin. */
  readonly connections: readonly ConnectionView[] | null
  /** The last that was known, while the connection or the server's own knowledge is not fresh. */
  readonly stale: boolean
  /** Whether there is any data. */
  readonly known: boolean
}

/** A user standing in a space, with their state there. Frozen; the same object until something in it changes. */
export interface Member<Space extends string = string> {
  readonly userId: string
  readonly presence: UserPresence
  readonly state: SpaceState<Space>
}

/** Any status that others see as being there. */
export const isPresent = (status: PresenceStatus) => status !== 'offline' && status !== 'unknown'

const UNKNOWN = { status: 'unknown', statusSince: null, lastSeenAt: null, message: null, connections: null } as const

/** A user as the server shows them, or of whom nothing is known. */
export function presenceOf(userId: string, user?: WireUser): UserPresence {
  const { status, statusSince, lastSeenAt, message, connections } = { ...UNKNOWN, ...user }
  return freeze({
    userId,
    status,
    isOnline: isPresent(status),
    statusSince: statusSince || null,
    lastSeenAt,
    message,
    connections,
    stale: false,
    known: !!user,
  })
}
