import { type ErrorCode, isPresenceError, type Presence, PresenceError } from '@rollcall/core'
import * as z from 'zod'

/** Why a request was refused: the library's codes, and those that only HTTP knows. */
export type ProblemCode = ErrorCode | 'not-found' | 'method-not-allowed' | 'unsupported-media-type' | 'internal-error'

const STATUS: Readonly<Record<ProblemCode, number>> = {
  'bad-message': 400,
  'invalid-option': 400,
  'limit-exceeded': 400,
  'authentication-error': 401,
  forbidden: 403,
  'not-found': 404,
  'no-connection': 404,
  'method-not-allowed': 405,
  ended: 409,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'internal-error': 500,
  'listener-error': 500,
  unavailable: 503,
  'store-error': 503,
  'not-running': 503,
  'newer-record': 503,
  'store-unfit': 503,
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** When a client should try again what the store or `authenticate` could not answer. */
const RETRY_AFTER_SECONDS = 1

/** The one shape of every refusal: problem details of RFC 9457, with the code that programs switch over. */
export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string().describe('Closed; programs switch over it'),
  details: z.record(z.string(), z.unknown()).describe('The value, the limit and whatever a program may need'),
})

/** A refusal. Thrown by whoever refuses, answered by the handler. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  /** Whoever refused it has counted it. */
  readonly counted: boolean

  constructor(
    code: ProblemCode,
    detail: string,
    details: Readonly<Record<string, unknown>> = {},
    how: {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly counted?: boolean
    } = {},
  ) {
    super(detail)
    this.code = code
    this.status = how.status ?? STATUS[code]
    this.details = details
    this.headers = how.headers ?? {}
    this.counted = how.counted ?? false
  }
}

/** Whatever was thrown, as a refusal. What is nobody's business outside is reported to the application instead. */
export function problemOf(error: unknown, presence: Presence): Problem {
  if (error instanceof Problem) return error
  if (!isPresenceError(error)) {
    presence.report(new PresenceError('listener-error', 'a request could not be served', {}, error))
    return new Problem('internal-error', 'This request could not be served')
  }
  const status = STATUS[error.code]
  // That the store fails, or is not fit, is the engine's to report and nothing a client can mend.
  if (status === 503) return unavailable('This cannot be done now; try again')
  if (status !== 500) return new Problem(error.code, error.message, error.details)
  presence.report(error)
  return new Problem('internal-error', 'This request could not be served')
}

export function unavailable(detail: string): Problem {
  return new Problem('unavailable', detail, {}, { headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` } })
}

/** @param waitMs How long until the next one may come. */
export function tooMany(waitMs: number, details: Readonly<Record<string, unknown>> = {}): Problem {
  const seconds = secondsOf(waitMs)
  const headers = { 'retry-after': `${seconds}` }
  const detail = `Too many requests; send the next one in ${seconds} s`
  return new Problem('rate-limited', detail, { waitMs, ...details }, { headers })
}

/** As `Retry-After` says it: never too early. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}

export function problemResponse({ status, code, message, details, headers }: Problem): Response {
  const body = { type: 'about:blank', title: TITLES[status], status, detail: message, code, details }
  return json(body, status, { ...headers, 'content-type': 'application/problem+json' })
}

const encoder = new TextEncoder()

/** What answers in JSON say, for bridges that need no stream of it. */
const texts = new WeakMap<Response, string>()

/** What an answer says that {@link json} made. */
export function textOf(response: Response): string | undefined {
  return texts.get(response)
}

/** An answer in JSON, of known length. Nothing here may be kept by a cache: presence is never stale. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(body)
  const bytes = encoder.encode(text)
  const response = new Response(bytes, {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': `${bytes.byteLength}`,
      'cache-control': 'no-store',
      ...headers,
    },
  })
  texts.set(response, text)
  return response
}
