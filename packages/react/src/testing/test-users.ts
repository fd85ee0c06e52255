import type {
  ConnectionState,
  MyPresence,
  PresenceClientOptions,
  PresenceStatus,
  SpaceState,
  UserPresence,
} from '@rollcall/client'

/** A user of a test: a status, or whatever else matters; the rest follows from the status. */
export type TestUser =
  | PresenceStatus
  | (Partial<Omit<UserPresence, 'userId'>> & {
      /** Where they stand, with their state there. */
      readonly spaces?: Readonly<Record<string, SpaceState>>
    })

/** Oneself in a test. */
export type TestMe = PresenceStatus | Partial<MyPresence>

/** The connection of a test. */
export type TestConnection = ConnectionState['status'] | Partial<ConnectionState>

export interface StandingUser {
  readonly presence: UserPresence
  readonly spaces: Readonly<Record<string, SpaceState>>
}

const isOnline = (status: PresenceStatus) => status !== 'offline' && status !== 'unknown'

export function standingUser(userId: string, user: TestUser): StandingUser {
  const { spaces = {}, ...given } = typeof user === 'string' ? { status: user } : user
  const status = given.status ?? 'online'
  const presence = Object.freeze({
    userId,
    status,
    isOnline: isOnline(status),
    statusSince: null,
    lastSeenAt: null,
    message: null,
    connections: null,
    stale: false,
    known: status !== 'unknown',
    ...given,
  })
  return { presence, spaces }
}

export function testMe(me: TestMe): MyPresence {
  const given = typeof me === 'string' ? { status: me } : me
  const status = given.status ?? 'online'
  return Object.freeze({
    userId: 'me',
    sessionId: 'session',
    connectionId: 'connection',
    status,
    isOnline: isOnline(status),
    statusSince: null,
    lastSeenAt: null,
    lastActiveAt: null,
    message: null,
    hidden: false,
    claims: [],
    connections: [],
    cause: null,
    pending: false,
    stale: false,
    known: true,
    ...given,
  })
}

export function testConnection(connection: TestConnection): ConnectionState {
  const given = typeof connection === 'string' ? { status: connection } : connection
  return Object.freeze({
    status: 'connected',
    reason: 'welcome',
    since: 0,
    retryInMs: null,
    retryAt: null,
    lastError: null,
    troubled: false,
    ...given,
  })
}

type UserView = NonNullable<PresenceClientOptions['initialUsers']>[number]

/** The user as a server would have sent them; nothing for one that is unknown. */
export function viewsOf({ presence, spaces }: StandingUser): readonly UserView[] {
  const { userId, status, statusSince, lastSeenAt, message } = presence
  if (status === 'unknown') return []
  const standing = Object.entries(spaces).map(([space, state]) => ({ space, state }))
  return [{ userId, status, statusSince: statusSince ?? 0, lastSeenAt, message, spaces: standing }]
}
