import { type UserRecord, viewOf } from '@rollcall/core'
import type { Page } from '../page.ts'
import type { Process } from '../process.ts'
import type { Scene } from '../scene.ts'
import { ADMIN, type ServerNode } from '../server.ts'

/** As whom somebody looks. */
export type Looks = 'others' | 'admin'

const views = { others: new WeakMap<UserRecord, unknown>(), admin: new WeakMap<UserRecord, unknown>() }

/** What an audience may see of a user as the store has it: core's one projection. */
export function projection(scene: Scene, userId: string, as: Looks) {
  const record = scene.shared.standing.get(userId)?.record ?? null
  if (record === null) return viewOf(null, userId, as)
  const known = views[as].get(record)
  if (known !== undefined) return known as ReturnType<typeof viewOf<Looks>>
  const view = viewOf(record, userId, as)
  views[as].set(record, view)
  return view
}

export function audienceOf(page: Page): Looks {
  return page.tab.userId === ADMIN ? 'admin' : 'others'
}

/** Lives, has begun, and runs. */
export function isWorking({ process, started, draining }: ServerNode, now: number): boolean {
  return !process.dead && started && !draining && process.stalledUntil <= now
}

/** The process that a page hears news from, as far as either knows; `null`: none. */
export function hearsFrom({ requests }: Scene, { link, process, tab }: Page): Process | null {
  if (tab.over === 'socket') return link?.pageOpen && link.serverOpen ? link.server.process : null
  const news = requests.newsOf(process)
  return news?.pageOpen && news.serverOpen ? news.server.process : null
}

/** The page and its server hear each other, as far as either knows and in truth; and no change is missing unseen. */
export function isReached(scene: Scene, page: Page): boolean {
  const { link, process, client, tab } = page
  const { now } = scene.world
  if (process.dead || process.stalledUntil > now || client.connection.get().status !== 'connected') return false
  const server = hearsFrom(scene, page)
  if (server === null || server.dead || server.stalledUntil > now) return false
  if (tab.over !== 'socket') return scene.requests.newsOf(process)?.silent === false
  return link !== null && !link.silent && !link.closing && link.gapIn === null
}

/** Nothing is on its way, and nothing was just now. */
export function isAtRest({ world }: Scene): boolean {
  return world.travelling === 0 && world.now - world.movedAt >= 300
}

/** The node that goes by this id, if it ever started. */
export function nodeOf(scene: Scene, nodeId: string): ServerNode | undefined {
  for (const node of scene.nodes.values()) if (node.storeClient.nodeId === nodeId) return node
  return scene.nodesById.get(nodeId)
}

/** Whether two values hold the same JSON, in whatever order their keys are. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  )
}
