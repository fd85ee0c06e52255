import {
  type Authenticated,
  type Duration,
  type Json,
  PresenceError,
  type RateLimit,
  toMs,
  type Viewer,
} from '@rollcall/core'
import type { CrossOrigin } from './cross-origin.ts'
import type { NamingOptions } from './naming.ts'

/** What `authenticate` is given of a request. */
export interface HttpCredentials<C = unknown> {
  /** From `Authorization: Bearer …`. */
  readonly token: string | null
  /** With its cookies and headers. Its body is not to be read. */
  readonly request: Request
  /** What the framework knows of the request: its own object, such as Express's `req`. `undefined` without a bridge. */
  readonly context: C
}

/** What becomes of a route: another path, as in `'GET /users/:userId/status'`, or `false` for none. */
export type RouteNames = { readonly [route: string]: string | false }

export interface HttpOptions<C = unknown> extends NamingOptions {
  /**
   * Says who sends a request, on each request of every route. `null`: nobody, answered with 401. A throw: it cannot be
   * told now, answered with 503. Requests of a user without a `sessionId` are one session.
   */
  readonly authenticate: (credentials: HttpCredentials<C>) => Authenticated | null | Promise<Authenticated | null>
  /** How long that may take before the client is told to try again. @default '10s' */
  readonly authenticateWithin?: Duration
  /** Where the routes begin. Below the prefix that a bridge is mounted under. @default '/presence', or '' below a prefix */
  readonly basePath?: string
  /** Other methods and paths by the names of the routes; `false` leaves one out. */
  readonly routes?: RouteNames
  readonly limits?: {
    /** Requests that change something, per session and node. Heartbeats do not count. @default { burst: 30, perSecond: 1 } */
    readonly writes?: RateLimit
    /** Longest body of a batch of users, in bytes; all others may have `limits.messageBytes` of presence. @default 524_288 */
    readonly batchBytes?: number
  }
  /** Who may ask from pages of other origins. @default nobody */
  readonly cors?: CrossOrigin
  /** What else the application knows of users, such as their names: answered as `profile`, in the order asked for. */
  readonly profilesOf?: (
    userIds: readonly string[],
    viewer: Viewer,
  ) => readonly (Json | undefined)[] | Promise<readonly (Json | undefined)[]>
  /** Spaces that an absent user stands in when an admin sets them online. @default `['default']`, as of `authenticate` */
  readonly spacesOf?: (userId: string) => readonly string[] | Promise<readonly string[]>
  /** Unguessable unique strings: names of connections. @default 80 random bits of the platform's generator */
  readonly randomId?: () => string
}

export const DEFAULT_BASE_PATH = '/presence'

/** Options with every default filled in. */
export interface ResolvedHttpOptions {
  readonly authenticateWithinMs: number
  readonly basePath: string
  readonly writes: RateLimit
  readonly batchBytes: number
}

/** Throws `invalid-option` for settings that cannot work. */
export function resolveHttpOptions<C>(options: HttpOptions<C>): ResolvedHttpOptions {
  const { authenticate, authenticateWithin = '10s', basePath = DEFAULT_BASE_PATH, limits = {} } = options
  if (typeof authenticate !== 'function') {
    throw new PresenceError(
      'invalid-option',
      'authenticate is missing; give a function that tells who sends a request',
      {
        option: 'authenticate',
      },
    )
  }
  const { writes = { burst: 30, perSecond: 1 }, batchBytes = 512 * 1024 } = limits
  if (!(Number.isInteger(batchBytes) && batchBytes > 0)) {
    throw new PresenceError('invalid-option', `limits.batchBytes is ${batchBytes}; give a whole number of bytes`, {
      option: 'limits.batchBytes',
      value: batchBytes,
    })
  }
  return {
    authenticateWithinMs: toMs(authenticateWithin, 'authenticateWithin'),
    basePath: demandBasePath(basePath),
    writes,
    batchBytes,
  }
}

/** A path without the slash at its end. */
export function demandBasePath(basePath: string): string {
  if (basePath === '' || basePath === '/') return ''
  if (!basePath.startsWith('/')) {
    throw new PresenceError('invalid-option', `basePath is ${JSON.stringify(basePath)}; begin it with a slash`, {
      option: 'basePath',
      value: basePath,
    })
  }
  return basePath.replace(/\/+$/, '')
}
