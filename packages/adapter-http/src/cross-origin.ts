import { bearerOf } from './bearer.ts'
import { Problem } from './problem.ts'
import type { Who } from './routes/route.ts'

/** Pages of other origins that may ask. */
export interface CrossOrigin {
  /** Such as `https://app.example.com`; `'*'`: any, which then cannot send cookies. */
  readonly origins: readonly string[] | '*'
  /** Whether their cookies count. @default false */
  readonly credentials?: boolean
  /** How long a browser may remember the answer to a preflight, in seconds. @default 600 */
  readonly maxAgeSeconds?: number
}

/** The headers that tell a browser that its page may read the answer; none for an origin that may not. */
export function corsHeaders(request: Request, cors: CrossOrigin | undefined): Readonly<Record<string, string>> {
  if (cors === undefined) return {}
  const origin = request.headers.get('origin')
  if (origin === null || !allows(cors, origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': cors.origins === '*' ? '*' : origin,
    'access-control-expose-headers': 'Retry-After',
    ...(cors.credentials === true && cors.origins !== '*' ? { 'access-control-allow-credentials': 'true' } : {}),
  }
}

/** The answer to a preflight. */
export function preflight(request: Request, cors: CrossOrigin, methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'cache-control': 'no-store',
      allow: methods.join(', '),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
      'access-control-max-age': `${cors.maxAgeSeconds ?? 600}`,
      ...corsHeaders(request, cors),
    },
  })
}

/**
 * A foreign page can send a `POST` without a preflight, and the browser adds the user's cookies to it: unless the
 * request proves by a token that it was meant, or its origin is welcome with cookies, it is refused. A page of a
 * neighbouring subdomain is as foreign.
 */
export function demandOwnPage(request: Request, who: Who, cors: CrossOrigin | undefined): void {
  if (request.method === 'GET' || request.method === 'HEAD' || who === 'leave-token') return
  if (isOwn(request) || bearerOf(request) !== null) return
  const origin = request.headers.get('origin')
  if (origin !== null && cors?.credentials === true && cors.origins !== '*' && allows(cors, origin)) return
  throw new Problem('forbidden', `Pages of ${origin ?? 'another site'} may not send this; see the option cors`, {
    origin,
  })
}

/** Whether no foreign page sends this, as far as can be told: browsers say it either way, programs say nothing. */
function isOwn({ headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = headers.get('origin')
  if (origin === null) return true
  // Not the scheme: encryption may end at a proxy.
  return URL.canParse(origin) && new URL(origin).host === (headers.get('host') ?? new URL(url).host)
}

function allows({ origins }: CrossOrigin, origin: string): boolean {
  return origins === '*' || origins.includes(origin)
}
