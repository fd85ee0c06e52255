import { isPresenceError, leaseFor, MAX_BEAT_MS } from '@rollcall/core'
import * as z from 'zod'
import { Problem } from '../problem.ts'
import { createRecent } from '../recent.ts'
import { identityOf } from './identity.ts'
import { type Route, type RouteParts, route } from './route.ts'

/** One heartbeat of a session counts in this time. */
const HEARTBEAT_MS = 10_000

/** What a session says of its own life. */
export function sessionRoutes({ presence }: RouteParts): readonly Route[] {
  const { clock, policy } = presence
  const beats = createRecent<{ readonly at: number; readonly leaseMs: number }>(clock, HEARTBEAT_MS)
  return [
    route({
      name: 'heartbeat',
      method: 'POST',
      path: '/heartbeat',
      who: 'signed-in',
      summary: 'The session lives. One per 10 s counts; more are answered and ignored.',
      body: z.object({
        nextInMs: z.number().int().positive().max(MAX_BEAT_MS).optional().describe('When the next heartbeat comes'),
        active: z.boolean().optional().describe('There was input since the last one'),
      }),
      response: z.object({
        counted: z.boolean(),
        leaseMs: z.number().describe('How much longer the session lives without another heartbeat'),
      }),
      limited: false,
      async handle({ viewer, sessionKey, body: { nextInMs, active = false } }) {
        const at = clock.monotonic()
        const last = beats.get(sessionKey)
        if (last !== undefined && at - last.at < HEARTBEAT_MS) {
          return { counted: false, leaseMs: Math.round(last.leaseMs - (at - last.at)) }
        }
        const leaseMs = nextInMs === undefined ? policy.leaseMs : leaseFor(nextInMs, policy)
        beats.set(sessionKey, { at, leaseMs })
        try {
          await presence.beat(identityOf(viewer), { active, ...(nextInMs === undefined ? {} : { nextInMs }) })
        } catch (error) {
          // It did not count: the next one must.
          beats.delete(sessionKey)
          throw tooManyConnections(error)
        }
        return { counted: true, leaseMs }
      },
    }),
    route({
      name: 'signIn',
      method: 'POST',
      path: '/sign-in',
      who: 'signed-in',
      summary: 'Marks the user online; after a login.',
      response: null,
      handle: ({ viewer }) => touch(viewer),
    }),
    route({
      name: 'signOut',
      method: 'POST',
      path: '/sign-out',
      who: 'signed-in',
      summary: 'Ends all connections of this session, or of all of them, at once.',
      body: z.object({ all: z.boolean().optional().describe('All sessions of the user') }),
      response: null,
      async handle({ viewer: { userId, sessionId }, sessionKey, body: { all = false } }) {
        await presence.signOut(userId, all ? {} : { sessionId })
        beats.delete(sessionKey)
      },
    }),
    route({
      name: 'lastSeen',
      method: 'PUT',
      path: '/me/last-seen',
      who: 'signed-in',
      summary: 'The user was active just now.',
      response: null,
      handle: ({ viewer }) => touch(viewer),
    }),
  ]

  async function touch(viewer: Parameters<typeof identityOf>[0]): Promise<void> {
    await presence.touch(identityOf(viewer)).catch((error: unknown) => {
      throw tooManyConnections(error)
    })
  }
}

/** That a user has as many connections as one may have is nothing that another request would mend. */
function tooManyConnections(error: unknown): unknown {
  if (!isPresenceError(error) || error.code !== 'limit-exceeded') return error
  return new Problem(error.code, error.message, error.details, { status: 409 })
}
