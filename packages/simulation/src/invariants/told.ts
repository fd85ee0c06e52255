import { type UserRecord, viewOf } from '@rollcall/core'
import type { Scene } from '../scene.ts'
import { nodeOf, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

interface Visible {
  readonly userId: string
  readonly key: string
  readonly writer: string
  readonly at: number
  /** Who saved after it: only who saved it can find out, once it is asked, that it stands. */
  followedBy: string | null
}

/**
 * The application is told of each stored change that others can see, by its key (user, epoch, version), though the answer to
 * the save was lost. Excused: what a node saved that died, stopped or was fenced since, or that somebody else saved over
 * first; users whom the store lost or took back, who are forgotten, or who cannot be saved.
 */
export const told: Invariant = {
  name: 'told',
  begin(scene) {
    const heard = new Set<string>()
    const visible: Visible[] = []
    const latest = new Map<string, Visible>()
    scene.onChange((_node, { userId, epoch, version }) => heard.add(`${userId} ${epoch} ${version}`))
    return {
      accepted({ write: { userId, writer }, before, after }) {
        const last = latest.get(userId)
        if (last !== undefined) last.followedBy ??= writer
        latest.delete(userId)
        if (after === null) return null
        if (sameJson(seenOf(before, userId), seenOf(after, userId))) return null
        const key = `${userId} ${after.epoch} ${after.version}`
        const entry = { userId, key, writer, at: scene.world.now, followedBy: null }
        visible.push(entry)
        latest.set(userId, entry)
        return null
      },
      end() {
        const missed = visible.find((entry) => !heard.has(entry.key) && isOwed(scene, entry))
        return missed === undefined ? null : `change ${missed.key} by ${missed.writer} is told to nobody`
      },
    }
  },
}

/** In whatever order the spaces stand. */
function seenOf(record: UserRecord | null, userId: string) {
  const { spaces, ...view } = viewOf(record, userId, 'others')
  return { ...view, spaces: Object.fromEntries(spaces.map(({ space, state }) => [space, state])) }
}

function isOwed(scene: Scene, { userId, writer, followedBy }: Visible): boolean {
  const { shared, world, script } = scene
  if (shared.damaged.has(userId) || shared.killed.has(writer)) return false
  if (followedBy !== writer) return false
  if (script.actions.some((action) => (action.do === 'forget' || action.do === 'unsavable') && action.user === userId))
    return false
  const node = nodeOf(scene, writer)
  return node !== undefined && !node.process.dead && !node.draining && node.process.stalledUntil <= world.now
}
