import type { Page } from '../page.ts'
import type { Scene } from '../scene.ts'
import { grantsOf, SPACES } from '../server.ts'
import { audienceOf, hearsFrom, isAtRest, isReached, projection, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** One reconciliation and some slack: so long the feed's losses may show. */
const RECONCILED_MS = 45_000

/**
 * While nothing is in flight, what each connected page shows is the projection of the stored records: members of the
 * spaces with their state, users one by one, counts.
 *
 * Looks when nothing is on its way. Excused: a page that says itself that it is stale; one whose node is warming; and
 * one reconciliation after any fault of store or feed, and after a node was stalled; two after the store took back what it had. At the end only staleness excuses.
 */
export const clientFold: Invariant = {
  name: 'client fold',
  begin(scene) {
    const { world } = scene
    return {
      look() {
        if (!isAtRest(scene) || world.now - scene.disturbedAt() < RECONCILED_MS) return null
        // Versions that the store took back may be given again until a comparison.
        const damagedAt = Math.max(0, ...scene.shared.damaged.values())
        if (damagedAt > 0 && world.now - damagedAt < 2 * RECONCILED_MS) return null
        return differenceOf(scene, RECONCILED_MS)
      },
      end: () => (isAtRest(scene) ? differenceOf(scene, 0) : null),
    }
  },
}

function differenceOf(scene: Scene, sinceStallMs: number): string | null {
  const { world } = scene
  for (const page of scene.pages.values()) {
    if (!isReached(scene, page)) continue
    const server = hearsFrom(scene, page)
    if (server === null || world.now - server.stalledUntil < sinceStallMs) continue
    const { stale, warming } = scene.nodes.get(server.name)?.presence.freshness ?? { stale: true, warming: true }
    if (stale || warming) continue
    const problem = differenceOnPage(scene, page)
    if (problem !== null) return `page ${page.tab.name} of ${page.tab.userId} at node ${server.name}: ${problem}`
  }
  return null
}

function differenceOnPage(scene: Scene, page: Page): string | null {
  const as = audienceOf(page)
  const { client, tab } = page
  for (const space of SPACES) {
    if (!grantsOf(tab.userId).includes(space)) continue
    const shown = new Map(
      client
        .members(space)
        .get()
        .map((member) => [member.userId, member]),
    )
    const counts = { present: 0, online: 0, away: 0, busy: 0, dnd: 0 }
    for (const userId of scene.script.users) {
      const view = projection(scene, userId, as)
      const stay = view.spaces.find((each) => each.space === space)
      const member = shown.get(userId)
      if (stay === undefined) {
        if (member !== undefined) return `${userId} is shown in ${space}, where they do not stand`
        continue
      }
      if (view.status !== 'offline') {
        counts.present++
        counts[view.status]++
      }
      if (member === undefined) return `${userId} stands in ${space} and is not shown there`
      if (!sameJson(member.state, stay.state))
        return `${userId} has state ${JSON.stringify(stay.state)} in ${space}, shown is ${JSON.stringify(member.state)}`
    }
    const shownCounts = client.counts(space).get()
    // Admins count the invisible too.
    if (shownCounts !== null && !sameJson(shownCounts, counts))
      return `counts of ${space} are ${JSON.stringify(counts)}, shown are ${JSON.stringify(shownCounts)}`
  }
  for (const userId of scene.script.users) {
    const shown = client.user(userId).get()
    if (!shown.known || shown.stale) continue
    const view = projection(scene, userId, as)
    if (shown.status !== view.status) return `${userId} is ${view.status}, shown as ${shown.status}`
    if ((shown.statusSince ?? 0) !== view.statusSince)
      return `${userId} is ${view.status} since ${view.statusSince}, shown since ${shown.statusSince}`
    if (!sameJson(shown.message, view.message))
      return `${userId} has message ${JSON.stringify(view.message)}, shown is ${JSON.stringify(shown.message)}`
    if (shown.lastSeenAt !== view.lastSeenAt)
      return `${userId} was last seen at ${view.lastSeenAt}, shown is ${shown.lastSeenAt}`
  }
  return null
}
