import type { Presence } from '@rollcall/core'
import { CHANNELS, ORGANISATION, PEOPLE } from '../shared/directory.ts'
import type { Settings } from '../shared/events.ts'
import type { History } from './history.ts'
import { ok, type Route, refused } from './http-api.ts'
import type { Tokens } from './tokens.ts'

interface Parts {
  readonly presence: Presence
  readonly tokens: Tokens
  readonly history: History
  /** Whether the process is one of many nodes behind a front. */
  readonly isNode: boolean
}

const FORCED = ['online', 'away', 'busy', 'dnd'] as const

/** What the application answers under `/api/`, whichever node is asked. */
export function routes({ presence, tokens, history, isNode }: Parts): readonly Route[] {
  const { idleAfterMs, dormantAfterMs, graceMs, hintGraceMs } = presence.policy
  const settings: Settings = { idleAfterMs, dormantAfterMs, graceMs, hintGraceMs, nodes: isNode }
  const known = (id: unknown) => PEOPLE.find((person) => person.id === id)

  const people: Route = {
    method: 'GET',
    path: '/api/people',
    may: 'anybody',
    handle: () => ok({ organisation: ORGANISATION, channels: CHANNELS, people: PEOPLE, settings }),
  }
  const login: Route = {
    method: 'POST',
    path: '/api/login',
    may: 'anybody',
    async handle({ body }) {
      // A real application asks for a password here; the token is a real one.
      const person = known(body.userId)
      return person ? ok({ person, ...(await tokens.sign(person)) }) : refused(404, 'Nobody of that name works here.')
    },
  }
  const renew: Route = {
    method: 'POST',
    path: '/api/token',
    may: 'members',
    handle: async ({ login }) =>
      login ? ok(await tokens.sign(login.person, login.sessionId)) : refused(401, 'Sign in.'),
  }
  const logout: Route = {
    method: 'POST',
    path: '/api/logout',
    may: 'members',
    async handle({ login }) {
      if (login === null) return refused(401, 'Sign in.')
      tokens.revoke(login.sessionId)
      await presence.signOut(login.person.id, { sessionId: login.sessionId })
      return ok()
    },
  }
  const historyOf: Route = {
    method: 'GET',
    path: '/api/people/:id/history',
    may: 'members',
    handle({ login, params }) {
      const id = params.id ?? ''
      const allowed = login?.person.admin || login?.person.id === id
      return allowed ? ok(history.of(id)) : refused(403, 'Causes are for the person and for admins.')
    },
  }
  const kick: Route = {
    method: 'POST',
    path: '/api/admin/kick',
    may: 'admins',
    async handle({ body: { userId, connectionId } }) {
      const person = known(userId)
      if (person === undefined) return refused(404, 'Nobody of that name works here.')
      await presence.kick(person.id, typeof connectionId === 'string' ? { connectionIds: [connectionId] } : {})
      return ok()
    },
  }
  const force: Route = {
    method: 'POST',
    path: '/api/admin/status',
    may: 'admins',
    async handle({ body: { userId, status, forMs } }) {
      const person = known(userId)
      if (person === undefined) return refused(404, 'Nobody of that name works here.')
      const forced = FORCED.find((allowed) => allowed === status)
      if (status !== null && forced === undefined)
        return refused(400, `"status" is null or one of ${FORCED.join(', ')}.`)
      if (forced === undefined) await presence.clear(person.id, 'admin')
      else
        await presence.claim(person.id, {
          source: 'admin',
          status: forced,
          ...(typeof forMs === 'number' ? { for: forMs } : {}),
        })
      return ok()
    },
  }
  return [people, login, renew, logout, historyOf, kick, force]
}
