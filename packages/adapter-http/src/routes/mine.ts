import { type Presence, permits, type Viewer } from '@rollcall/core'
import * as z from 'zod'
import { Problem } from '../problem.ts'
import { claimStatus, seen, self } from '../views.ts'
import { durationSchema } from './names.ts'
import { type Route, type RouteParts, route } from './route.ts'

/** What users see and say of themselves. */
export function myRoutes({ presence }: RouteParts): readonly Route[] {
  const forMs = durationSchema(presence).optional().describe('From now; without it there is no end')
  return [
    route({
      name: 'me',
      method: 'GET',
      path: '/me',
      who: 'signed-in',
      summary: 'The real state of the user who asks, hidden or not.',
      response: self,
      handle: async ({ viewer: { userId } }) => seen(await presence.get(userId, { as: 'self' })),
    }),
    route({
      name: 'setMyStatus',
      method: 'PUT',
      path: '/me/status',
      who: 'signed-in',
      summary: 'Claims a status, which shows while the user is present.',
      body: z.object({ status: claimStatus, forMs }),
      response: null,
      async handle({ viewer, body: { status, forMs } }) {
        await demandMayClaim(presence, viewer, status)
        await presence.claim(viewer.userId, { source: 'manual', status, ...until(forMs) })
      },
    }),
    route({
      name: 'clearMyStatus',
      method: 'DELETE',
      path: '/me/status',
      who: 'signed-in',
      summary: 'Ends the claim: the automatic status shows again.',
      response: null,
      async handle({ viewer }) {
        await demandMayClaim(presence, viewer, null)
        await presence.clear(viewer.userId)
      },
    }),
    route({
      name: 'setMyMessage',
      method: 'PUT',
      path: '/me/message',
      who: 'signed-in',
      summary: 'Sets the text beside the status.',
      body: z.object({
        text: z.string(),
        emoji: z.string().min(1).optional(),
        forMs,
      }),
      response: null,
      async handle({ viewer: { userId }, body: { text, emoji, forMs } }) {
        await presence.setMessage(userId, { text, ...(emoji === undefined ? {} : { emoji }), ...until(forMs) })
      },
    }),
    route({
      name: 'clearMyMessage',
      method: 'DELETE',
      path: '/me/message',
      who: 'signed-in',
      summary: 'Removes the text beside the status.',
      response: null,
      handle: async ({ viewer: { userId } }) => presence.setMessage(userId, null),
    }),
  ]
}

/** What a claim or a message ends by, as the engine takes it. */
export function until(forMs: number | undefined): { readonly for?: number } {
  return forMs === undefined ? {} : { for: forMs }
}

async function demandMayClaim(
  presence: Presence,
  viewer: Viewer,
  status: z.output<typeof claimStatus> | null,
): Promise<void> {
  const claim = { userId: viewer.userId, source: 'manual', status }
  if (await permits(presence, 'canClaim', (access) => access.canClaim(viewer, claim))) return
  throw new Problem('forbidden', 'The claim manual is not for you to make or to end', { source: 'manual' })
}
