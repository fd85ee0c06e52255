import { createPresence, memoryStore, type Presence, type PresenceOptions } from '@rollcall/core'
import { createVirtualClock, type VirtualClock } from '@rollcall/core/testing'
import { createPresenceHandler, type HttpOptions, type PresenceHandler } from '../src/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  readonly body: any
}

export interface Asked {
  readonly as?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Served extends AsyncDisposable {
  readonly presence: Presence
  readonly clock: VirtualClock
  readonly handler: PresenceHandler
  /** Codes and kinds of what was refused, in order. */
  readonly refused: string[]
  /** What failed that no caller could be told of. */
  readonly errors: unknown[]
  ask(method: string, path: string, asked?: Asked): Promise<Answer>
}

/**
 * `userId`, `userId/sessionId` or `userId/sessionId/space,space`; `bad…` is refused, `broken` throws. Who names no spaces
 * stands in `room`; `root` is an admin.
 */
export const authenticate: HttpOptions['authenticate'] = ({ token }) => {
  if (token === 'broken') throw new Error('the key server is away')
  if (token === null || token.startsWith('bad')) return null
  const [userId = '', sessionId, spaces = 'room'] = token.split('/')
  return { userId, spaces: spaces.split(','), ...(sessionId ? { sessionId } : {}) }
}

/** A handler over the memory store, in virtual time. Everybody is `ada` unless told otherwise. */
export async function served(
  options: Partial<HttpOptions> & {
    readonly presence?: Partial<PresenceOptions>
    readonly clock?: VirtualClock
  } = {},
): Promise<Served> {
  const { presence: presenceOptions, clock = createVirtualClock(), ...rest } = options
  const presence = createPresence({
    store: memoryStore({ clock }),
    clock,
    ...presenceOptions,
    access: { isAdmin: ({ userId }) => userId === 'root', ...presenceOptions?.access },
  })
  await presence.start()
  const refused: string[] = []
  const errors: unknown[] = []
  presence.on('refused', ({ code, kind, userId }) => refused.push(`${code} ${kind} ${userId}`))
  presence.on('error', (error) => errors.push(error))
  const handler = createPresenceHandler(presence, { authenticate, ...rest })
  return {
    presence,
    clock,
    handler,
    refused,
    errors,
    ask: async (method, path, asked) => answerOf(await handler(requestOf(method, `/presence${path}`, asked))),
    async [Symbol.asyncDispose]() {
      handler.close()
      await presence.stop()
    },
  }
}

export function requestOf(method: string, path: string, { as = 'ada', body, headers = {} }: Asked = {}): Request {
  const login: Record<string, string> = as === null ? {} : { authorization: `Bearer ${as}` }
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Request(`http://localhost${path}`, {
    method,
    headers: { ...login, ...json, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const { status, headers } = response
  return { status, headers, body: text === '' ? null : JSON.parse(text) }
}
