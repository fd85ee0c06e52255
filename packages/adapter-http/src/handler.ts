import { type Presence, permits } from '@rollcall/core'
import type * as z from 'zod'
import { demandViewer, type SignedIn } from './authentication.ts'
import { readJson } from './body.ts'
import { corsHeaders, demandOwnPage, preflight } from './cross-origin.ts'
import { createNaming } from './naming.ts'
import { openApiRoute } from './openapi.ts'
import { demandBasePath, type HttpOptions, resolveHttpOptions } from './options.ts'
import { json, Problem, problemOf, problemResponse, tooMany } from './problem.ts'
import { createRoutes } from './routes/index.ts'
import type { Call, Route } from './routes/route.ts'
import { createRouter, renameRoutes } from './routing.ts'
import { createWriteLimit } from './write-limit.ts'

/** What a bridge knows of a request beside the request. */
export interface Handed<C> {
  /** For `authenticate`: the framework's own object. */
  readonly context?: C
  /** Where the routes begin, if not at the handler's own base path. */
  readonly basePath?: string
}

/** Presence over HTTP: a request in, its answer out. Never rejects. */
export interface PresenceHandler<C = unknown> {
  (request: Request, handed?: Handed<C>): Promise<Response>
  /** Where the routes begin. */
  readonly basePath: string
  /** The answer to a request that cannot even be a `Request`, such as one by TRACE: refused and counted. */
  decline(method: string): Response
  /** Ends every stream that is open; each client is told to come back. */
  close(): void
}

/**
 * Makes the handler of all routes. Throws `invalid-option` for settings that cannot work.
 *
 * Every answer says `cache-control: no-store`. Every refusal has the one shape of RFC 9457 and is counted.
 */
export function createPresenceHandler<C = unknown>(presence: Presence, options: HttpOptions<C>): PresenceHandler<C> {
  const { authenticateWithinMs, basePath, writes, batchBytes } = resolveHttpOptions(options)
  const { cors } = options
  const naming = createNaming(options)
  const writeLimit = createWriteLimit(writes, presence.clock)
  const group = createRoutes({ presence, naming }, options, batchBytes)
  const documented = openApiRoute(presence, naming)
  const routes = renameRoutes([...group.routes, documented.route], options.routes ?? {})
  const writers = new Map(
    routes.map((route) => [route, route.response === null ? null : naming.writer(route.response)] as const),
  )
  documented.describe(routes)
  naming.demandKnown()
  const router = createRouter(routes)

  const authorised = async (route: Route, request: Request, context: C, known: Known): Promise<Caller> => {
    if (route.who === 'leave-token') return NOBODY
    demandOwnPage(request, route.who, cors)
    const signedIn = await demandViewer(presence, options, authenticateWithinMs, request, context)
    known.userId = signedIn.viewer.userId
    const isAdmin = () => permits(presence, 'isAdmin', (access) => access.isAdmin(signedIn.viewer))
    const caller = callerOf(signedIn, async () => ((await isAdmin()) ? 'admin' : 'others'))
    if (route.who === 'admin' && (await caller.audience()) !== 'admin') {
      throw new Problem('forbidden', 'Only admins may do this')
    }
    return caller
  }

  const answer = async (request: Request, context: C, base: string, known: Known): Promise<Response> => {
    const url = new URL(request.url)
    if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) {
      throw new Problem('not-found', `There is nothing at ${url.pathname}`, { path: url.pathname })
    }
    const path = url.pathname.slice(base.length) || '/'
    if (request.method === 'OPTIONS' && cors !== undefined) return preflight(request, cors, router.methodsOf(path))
    const { route, params } = router.find(request.method, path)
    known.kind = route.name
    const caller = await authorised(route, request, context, known)
    if (route.limited ?? (route.method !== 'GET' && route.who !== 'leave-token')) {
      const waitMs = writeLimit.take(caller.sessionKey)
      if (waitMs > 0) throw tooMany(waitMs)
    }
    const body =
      route.body === undefined
        ? undefined
        : ((await readJson(request, route.bodyBytes ?? presence.limits.messageBytes)) ?? {})
    const call: Call = {
      presence,
      basePath: base,
      request,
      context,
      ...caller,
      params: checked(route.params, params, 'path'),
      query: route.query && checked(route.query, Object.fromEntries(url.searchParams), 'query'),
      body: checked(route.body, body, 'body'),
    }
    const result = await route.handle(call)
    if (result instanceof Response) return uncached(result)
    const write = writers.get(route) ?? null
    if (write === null) return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
    return json(write(result))
  }

  /** What came in, by the library's names. Throws a problem that names the first field that is wrong. */
  const checked = (schema: z.ZodType | undefined, value: unknown, where: 'path' | 'query' | 'body'): unknown => {
    if (schema === undefined) return undefined
    const parsed = schema.safeParse(where === 'path' ? value : naming.read(value))
    if (parsed.success) return parsed.data
    const issues = parsed.error.issues.map(({ path, message }) => ({
      field: path.map((key) => (typeof key === 'string' ? naming.nameOf(key) : String(key))).join('.'),
      message,
    }))
    const [first] = issues
    const what = first?.field ? `${first.field} in the ${where}` : `The ${where}`
    throw new Problem('bad-message', `${what}: ${first?.message}`, { in: where, field: first?.field ?? '', issues })
  }

  const refused = (problem: Problem, { kind, userId }: Known): Response => {
    if (!problem.counted) presence.refuse({ code: problem.code, kind, userId })
    return problemResponse(problem)
  }
  const handle = async (request: Request, { context, basePath: given }: Handed<C> = {}): Promise<Response> => {
    const known: Known = { ...UNKNOWN }
    let response: Response
    try {
      const base = given === undefined ? basePath : demandBasePath(given)
      response = await answer(request, context as C, base, known)
    } catch (error) {
      response = refused(problemOf(error, presence), known)
    }
    if (cors !== undefined) {
      for (const [name, value] of Object.entries(corsHeaders(request, cors))) response.headers.set(name, value)
    }
    if (request.method !== 'HEAD') return response
    await response.body?.cancel()
    return new Response(null, response)
  }
  return Object.assign(handle, {
    basePath,
    decline: (method: string) => refused(unfit(method), UNKNOWN),
    close: () => group.close(),
  })
}

/** What is known of a request, for counting its refusal. */
interface Known {
  kind: string
  userId: string | null
}

const UNKNOWN: Readonly<Known> = { kind: 'http', userId: null }

/** Methods that `Request` does not take. */
const FORBIDDEN_METHODS: readonly string[] = ['CONNECT', 'TRACE', 'TRACK']

function unfit(method: string): Problem {
  if (!FORBIDDEN_METHODS.includes(method.toUpperCase())) {
    return new Problem('bad-message', 'This request cannot be understood')
  }
  const allowed = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']
  const detail = `${method} is for nothing here; use ${allowed.join(', ')}`
  return new Problem('method-not-allowed', detail, { method, allowed }, { headers: { allow: allowed.join(', ') } })
}

type Caller = Pick<Call, 'viewer' | 'expiresInMs' | 'sessionKey' | 'audience'>

function callerOf({ viewer, expiresInMs }: SignedIn, askAudience: () => Promise<'others' | 'admin'>): Caller {
  let audience: Promise<'others' | 'admin'> | null = null
  return {
    viewer,
    expiresInMs,
    // Neither of them holds NUL.
    sessionKey: `${viewer.userId}\0${viewer.sessionId}`,
    audience: () => {
      audience ??= askAudience()
      return audience
    },
  }
}

/** Who shows a leave token need not say who they are. */
const NOBODY: Caller = callerOf(
  { viewer: { userId: '', sessionId: '', spaces: [], device: null, meta: null }, expiresInMs: null },
  async () => 'others',
)

function uncached(response: Response): Response {
  if (/\bno-store\b/.test(response.headers.get('cache-control') ?? '')) return response
  const copy = new Response(response.body, response)
  copy.headers.set('cache-control', 'no-store')
  return copy
}
