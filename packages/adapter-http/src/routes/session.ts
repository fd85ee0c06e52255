import { isPresenceError, leaseFor, MAX_BEAT_MS } from '@rollcall/core'
import * as z from 'zod'
import { type Heartbeat, type Heartbeats, isNews } from '../heartbeats.ts'
import { Problem } from '../problem.ts'
import { identityOf } from './identity.ts'
import { type Route, type RouteParts, route } from './route.ts'

/** What a session says of its own life. */
export function sessionRoutes({ presence }: RouteParts, beats: Heartbeats): readonly Route[] {
  const { clock, policy } = presence
  return [
    route({
      name: 'heartbeat',
      method: 'POST',
      path: '/heartbeat',
      who: 'signed-in',
      summary:
        'The session lives. One per 10 s counts; more are answered and ignored, unless they tell of input or of a next one much later.',
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
        const leaseMs = nextInMs === undefined ? policy.leaseMs : leaseFor(nextInMs, policy)
        const beat: Heartbeat = { at, leaseMs, active }
        const last = beats.last(viewer.userId, sessionKey)
        if (last !== undefined && !isNews(beat, last)) {
          return { counted: false, leaseMs: Math.round(last.leaseMs - (at - last.at)) }
        }
        beats.set(sessionKey, beat)
        try {
          await presence.beat(identityOf(viewer), { active, ...(nextInMs === undefined ? {} : { nextInMs }) })
        } catch (error) {
          // It did not count: the next one must.
          beats.drop(sessionKey)
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
      async handle({ viewer: { userId, sessionId }, body: { all = false } }) {
        await presence.signOut(userId, all ? {} : { sessionId })
        beats.forget(userId)
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
