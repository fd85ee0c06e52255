import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from '@rollcall/core'
import type { Login } from './tokens.ts'

/** One request, as a route sees it. */
export interface Call {
  readonly login: Login | null
  /** What stands for `:name` in the route's path. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, Json>>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Who may call: anybody, whoever is signed in, or admins. */
  readonly may: 'anybody' | 'members' | 'admins'
  handle(call: Call): Promise<Answer> | Answer
}

export const ok = (body: unknown = {}): Answer => ({ status: 200, body })
export const refused = (status: number, error: string): Answer => ({ status, body: { error } })

const MAX_BODY = 4096

/** Answers requests to its routes; says `false` for others. */
export function httpApi(routes: readonly Route[], verify: (token: string | undefined) => Promise<Login | null>) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    for (const route of routes) {
      const params = route.method === request.method ? match(route.path, pathname) : null
      if (params === null) continue
      const { status, body } = await answer(request, route, params).catch((error: Error) => refused(400, error.message))
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
      return true
    }
    return false
  }

  async function answer(request: IncomingMessage, route: Route, params: Call['params']): Promise<Answer> {
    const login = await verify(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1])
    if (route.may !== 'anybody' && login === null) return refused(401, 'Sign in first.')
    if (route.may === 'admins' && !login?.person.admin) return refused(403, 'Only admins may do that.')
    return route.handle({ login, params, body: route.method === 'POST' ? await readBody(request) : {} })
  }
}

function match(path: string, pathname: string): Record<string, string> | null {
  const wanted = path.split('/')
  const given = pathname.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(given[i] ?? '')
    else if (part !== given[i]) return null
  }
  return params
}

async function readBody(request: IncomingMessage): Promise<Record<string, Json>> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > MAX_BODY) throw new Error('The request is too long.')
  }
  const value: unknown = text === '' ? {} : JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('Send a JSON object.')
  return value as Record<string, Json>
}
