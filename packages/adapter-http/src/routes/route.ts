import type { Presence, Viewer } from '@rollcall/core'
import type * as z from 'zod'
import type { Naming } from '../naming.ts'

/**
 * Who may use a route. `leave-token`: whoever shows a leave token in the request, which the route itself checks; no
 * login is asked for. `signed-in`: whoever `authenticate` knows. `admin`: of those, whom `access.isAdmin` takes.
 */
export type Who = 'leave-token' | 'signed-in' | 'admin'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What a route is handed with a request that passed all checks. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly presence: Presence
  readonly request: Request
  /** What the bridge knows of the request: the framework's own object. */
  readonly context: unknown
  /** Who asks. Of a route for leave tokens: nobody. */
  readonly viewer: Viewer
  /** How long the viewer's login holds; `null`: without end. */
  readonly expiresInMs: number | null
  /** The viewer's session, unique among all users. */
  readonly sessionKey: string
  /** Where the routes begin. */
  readonly basePath: string
  /** As whom the viewer sees users; asks `access.isAdmin`. */
  audience(): Promise<'others' | 'admin'>
  readonly params: P
  readonly query: Q
  readonly body: B
}

/** One entry of the table that routing, checks, authorisation and the OpenAPI document all read. */
export interface RouteShape<P, Q, B, R> {
  /** Unique; also the `operationId`, and the `kind` under which refusals are counted. */
  readonly name: string
  readonly method: Method
  /** Below the base path; `:name` takes one segment. */
  readonly path: string
  readonly who: Who
  /** One line for the OpenAPI document. */
  readonly summary: string
  readonly params?: z.ZodType<P>
  readonly query?: z.ZodType<Q>
  /** JSON in the body; without it the body is not read, and the route may read `request` itself. */
  readonly body?: z.ZodType<B>
  /** What such a route reads, for the OpenAPI document: JSON of this schema, or text. */
  readonly reads?: z.ZodType | 'text'
  /** Largest body in bytes. @default `limits.messageBytes` of presence */
  readonly bodyBytes?: number
  /** What a success answers, under the names of the library. `null`: 204 without a body, or a stream. */
  readonly response: z.ZodType<R> | null
  /** Of a route that answers, or may answer, a stream: its media type, for the OpenAPI document. */
  readonly streams?: 'text/event-stream'
  /** Whether requests are taken from the session's bucket of writes. @default all but GET */
  readonly limited?: boolean
  /** A `Response` goes out as it is, with `cache-control: no-store`. Throws a {@link PresenceError} or a problem to refuse. */
  handle(call: Call<P, Q, B>): Promise<R | Response>
}

/** A route of any shape. */
export interface Route extends RouteShape<unknown, unknown, unknown, unknown> {}

/** Ties the schemas of a route to what its handler takes and answers. */
export function route<P, Q, B, R>(shape: RouteShape<P, Q, B, R>): Route {
  return shape as unknown as Route
}

/** What all routes of one handler share. */
export interface RouteParts {
  readonly presence: Presence
  readonly naming: Naming
}

/** Routes that belong together, and what they keep open. */
export interface RouteGroup {
  readonly routes: readonly Route[]
  close(): void
}
