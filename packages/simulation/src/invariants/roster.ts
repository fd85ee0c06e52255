import type { Topic, TopicSnapshot } from '@rollcall/core/protocol'
import type { Scene } from '../scene.ts'
import { type ServerNode, SPACES } from '../server.ts'
import { isWorking, type Looks, projection, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

const ANSWER_MS = 3000
const FEED_MS = 500

/**
 * Once everything had time to become right, the cells of each node's rosters are what a fresh list would say, and so
 * are the counts; for others and for admins. Looks twice before it complains: a change may just be under way.
 */
export const roster: Invariant = {
  name: 'roster',
  begin: () => ({
    async end(scene) {
      for (const node of scene.nodes.values()) {
        if (!isWorking(node, scene.world.now)) continue
        for (const as of ['others', 'admin'] as const) {
          for (const space of SPACES) {
            const problem = (await differs(scene, node, as, space)) && (await differsAfter(scene, node, as, space))
            if (problem !== null) return problem
          }
        }
      }
      return null
    },
  }),
}

async function differsAfter(scene: Scene, node: ServerNode, as: Looks, space: string): Promise<string | null> {
  const until = scene.world.now + FEED_MS
  while (await scene.world.step(until));
  return differs(scene, node, as, space)
}

async function differs(scene: Scene, node: ServerNode, as: Looks, space: string): Promise<string | null> {
  const listed = await read(scene, node, `space:${space}`, as)
  const counted = await read(scene, node, `count:${space}`, as)
  const expected = scene.script.users.flatMap((userId) => {
    const view = projection(scene, userId, as)
    const spaces = view.spaces.filter((stay) => stay.space === space)
    return spaces.length === 0 ? [] : [{ ...view, spaces }]
  })
  const byId = (a: { readonly userId: string }, b: { readonly userId: string }) => (a.userId < b.userId ? -1 : 1)
  const where = `node ${node.name}, ${space} as seen by ${as}`
  if (listed === null || counted === null) return `${where}: no snapshot within ${ANSWER_MS} ms`
  const [held, stored] = [listed.users.toSorted(byId), expected.toSorted(byId)]
  for (let i = 0; i < Math.max(held.length, stored.length); i++) {
    if (!sameJson(held[i], stored[i]))
      return `${where}: the roster has ${JSON.stringify(held[i])}, the store ${JSON.stringify(stored[i])}`
  }
  if (counted.counts?.present !== stored.length)
    return `${where}: ${counted.counts?.present} are counted, ${stored.length} stand there`
  return null
}

/** What a new watcher would get. */
async function read(scene: Scene, node: ServerNode, topic: Topic, as: Looks): Promise<TopicSnapshot | null> {
  const group = node.presence.watchers({ broadcast() {} })
  let snapshot: TopicSnapshot | null = null
  let failed = false
  group
    .watch(topic, as, null, (_room, first) => {
      if ('snapshot' in first) snapshot = first.snapshot
    })
    .catch(() => {
      failed = true
    })
  const until = scene.world.now + ANSWER_MS
  // What was asked for a moment ago is sent first.
  scene.world.at(scene.world.now, { what: 'look' }, () => {})
  do await scene.world.step(until)
  while (snapshot === null && !failed && scene.world.now < until)
  group.close()
  return snapshot
}
