import { audienceOf, isReached, type Looks, projection } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** Silence noticed (two pings and an answer), or one reconciliation and its slack, whichever is longer. */
const WINDOW_MS = 75_000

/**
 * What a page shows as fresh was true not long ago, whatever happened to store, feed, nodes and links: else it must say
 * that it is stale. Excused: a page that was frozen until lately, or whose
 * server stood still, which could not notice; and a change lost by the link, until another of its topic comes.
 */
export const freshness: Invariant = {
  name: 'freshness',
  begin(scene) {
    const { world } = scene
    /** Statuses by audience and user, with the time until which each was true. */
    const history = { others: new Map<string, Map<string, number>>(), admin: new Map<string, Map<string, number>>() }
    const note = (as: Looks, userId: string) => {
      const past = history[as].get(userId) ?? new Map<string, number>([['offline', world.now]])
      history[as].set(userId, past)
      past.set(projection(scene, userId, as).status, world.now)
    }
    return {
      accepted({ write: { userId } }) {
        // Until this write the former status was true; from now on the new one.
        for (const as of ['others', 'admin'] as const) note(as, userId)
        return null
      },
      look() {
        for (const as of ['others', 'admin'] as const) for (const userId of scene.script.users) note(as, userId)
        for (const page of scene.pages.values()) {
          if (page.process.dead || page.process.stalledUntil > world.now - WINDOW_MS / 2) continue
          if (page.client.connection.get().status !== 'connected') continue
          if (page.tab.over === 'socket' && page.link?.gapIn !== null) continue
          const server = (page.link ?? scene.requests.newsOf(page.process))?.server.process
          if (server === undefined || server.stalledUntil > world.now - 2 * WINDOW_MS) continue
          const as = audienceOf(page)
          for (const userId of scene.script.users) {
            const { status, known, stale } = page.client.user(userId).get()
            if (!known || stale) continue
            const trueUntil = history[as].get(userId)?.get(status) ?? Number.NEGATIVE_INFINITY
            if (world.now - trueUntil <= WINDOW_MS) continue
            const reached = isReached(scene, page) ? 'connected' : 'cut off without knowing'
            return `page ${page.tab.name} (${reached}) shows ${userId} as fresh and ${status}, which was last true ${Math.round((world.now - trueUntil) / 1000)} s ago`
          }
        }
        return null
      },
    }
  },
}
