import type { HttpOptions } from './options.ts'

type Preset = Pick<HttpOptions, 'routes' | 'fields' | 'times'>

/**
 * Routes and fields under the names of systems that rollcall replaces. Spread one into the options:
 * `{ ...httpPresets.heartbeat, authenticate }`. Each goes with a policy of the same kind.
 */
export const httpPresets = {
  /** A chat with a status service and a REST API beside its sockets. */
  chat: {
    routes: {
      online: 'GET /users/online',
      count: 'GET /users/online/count',
      user: 'GET /users/:userId/status',
      users: 'POST /users/status',
      lastSeen: 'PUT /users/last-seen',
    },
    fields: { lastSeenAt: 'lastSeen', present: 'count' },
    times: 'iso',
  },
  /** Heartbeats and an admin panel, without sockets; only status and stamps are shown. See `policies.httpHeartbeat`. */
  heartbeat: {
    routes: {
      signIn: 'POST /login',
      signOut: 'POST /logout',
      online: 'GET /users/online',
      adminUser: 'GET /admin/users/:userId/status',
      connections: false,
      setMyMessage: false,
      clearMyMessage: false,
    },
    fields: {
      lastSeenAt: 'lastSeen',
      message: false,
      spaces: false,
      hidden: false,
      lastSeenTo: false,
      claims: false,
      connections: false,
      cause: false,
      shown: false,
    },
    times: 'iso',
  },
  /** A panel of signed-in users over sessions. Names and teams come from `profilesOf`. See `policies.sessions`. */
  sessions: {
    routes: {
      signIn: 'POST /sessions',
      signOut: 'DELETE /sessions/current',
      heartbeat: 'POST /sessions/heartbeat',
      online: 'GET /sessions/online',
      count: 'GET /sessions/online/count',
      sweep: 'POST /sessions/cleanup',
    },
    fields: { lastSeenAt: 'lastActivity', connections: 'sessions', openedAt: 'loginAt' },
    times: 'iso',
  },
} as const satisfies Record<string, Preset>
