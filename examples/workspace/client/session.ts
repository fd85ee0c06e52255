import type { Person } from '../shared/directory.ts'
import { ApiError, callApi } from './api.ts'

/** A login: who, and the signed token that says so. Lives in this tab; a reload keeps it, a new tab is somebody else. */
export interface Session {
  readonly person: Person
  readonly token: string
  /** This machine's clock, ms. */
  readonly expiresAt: number
}

interface Signed {
  readonly token: string
  readonly expiresInMs: number
}

const KEY = 'acme.session'
/** A token that ends sooner than this is exchanged before it is used. */
const MARGIN_MS = 90_000

export function storedSession(): Session | null {
  const text = sessionStorage.getItem(KEY)
  return text === null ? null : (JSON.parse(text) as Session)
}

export async function signIn(userId: string): Promise<Session> {
  const { person, ...signed } = await callApi<Signed & { readonly person: Person }>('/api/login', { body: { userId } })
  return keep(person, signed)
}

/** A token that is good for a while yet; `null` once the login is over, so that presence asks no more. */
export async function freshToken(): Promise<string | null> {
  const session = storedSession()
  if (session === null || session.expiresAt - Date.now() > MARGIN_MS) return session?.token ?? null
  try {
    const signed = await callApi<Signed>('/api/token', { body: {}, token: session.token })
    return keep(session.person, signed).token
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return session.token
    throw error
  }
}

export async function signOut(): Promise<void> {
  const session = storedSession()
  sessionStorage.removeItem(KEY)
  if (session !== null) await callApi('/api/logout', { body: {}, token: session.token }).catch(() => {})
}

export function forgetSession(): void {
  sessionStorage.removeItem(KEY)
}

function keep(person: Person, { token, expiresInMs }: Signed): Session {
  const session = { person, token, expiresAt: Date.now() + expiresInMs }
  sessionStorage.setItem(KEY, JSON.stringify(session))
  return session
}
