import type { Presence, PresenceStore } from '@rollcall/core'
import type { OwnReport } from '../shared/nodes.ts'
import { ok, type Route } from './http-api.ts'

/** As many as the panel can show. */
const LISTED = 200

/** Which node holds whom, for the front to collect. Any node can say it of any other: it is the store that knows. */
export function nodeRoutes(presence: Presence, store: PresenceStore): readonly Route[] {
  const heldBy = async (nodeId: string) => (await store.usersOf(nodeId, null, LISTED)).items
  const self: Route = {
    method: 'GET',
    path: '/api/node',
    may: 'admins',
    async handle() {
      const { nodeId, held, freshness } = presence
      return ok({ nodeId, held, userIds: freshness.stale ? null : await heldBy(nodeId) } satisfies OwnReport)
    },
  }
  const other: Route = {
    method: 'GET',
    path: '/api/held-by/:nodeId',
    may: 'admins',
    handle: async ({ params }) => ok({ userIds: await heldBy(params.nodeId ?? '') }),
  }
  return [self, other]
}
