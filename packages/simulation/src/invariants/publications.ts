import { type UserRecord, viewOf } from '@rollcall/core'
import { sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/**
 * What is published to a user's topic shows somebody something new, and what anybody can see is published. Each visible
 * change is told to the application once, by (user, epoch, version). A connection is given up for the death of its node
 * once, and once lost it keeps its first deadline.
 *
 * Excused from "once": users whose record the store lost or took back, for whom the same may truly happen again.
 */
export const publications: Invariant = {
  name: 'at most once',
  begin(scene, complain) {
    const { shared } = scene
    const told = new Set<string>()
    const givenUp = new Set<string>()
    scene.onChange((_node, { userId, epoch, version }) => {
      const key = `${userId} ${epoch} ${version}`
      if (told.has(key) && !shared.damaged.has(userId)) complain(`change ${key} is told twice`)
      told.add(key)
    })
    return {
      accepted({ write: { userId, topics }, before, after }) {
        const isPublished = topics.includes(`user:${userId}`)
        const isSameForOthers = sameJson(viewOf(before, userId, 'others'), viewOf(after, userId, 'others'))
        // Of a hidden user's message others see one that is nobody else's any more.
        const isSame = isSameForOthers && sameJson(viewOf(before, userId, 'admin'), viewOf(after, userId, 'admin'))
        if (isPublished && isSame && after !== null)
          return `${userId}: version ${after.version} is published and shows nothing new`
        if (!isPublished && !isSameForOthers)
          return `${userId}: others could see version ${after?.version}, which is not published`
        return before === null || after === null ? null : lossOf(before, after)
      },
    }
    function lossOf(before: UserRecord, after: UserRecord): string | null {
      for (const { id, nodeId, lost } of after.connections) {
        if (lost === null) continue
        const old = before.connections.find((connection) => connection.id === id)
        if (old === undefined) continue
        if (old.lost !== null && old.lost.until !== lost.until)
          return `lost connection ${id} was to end at ${old.lost.until}, and now at ${lost.until}`
        if (old.lost !== null || lost.cause !== 'node-lost') continue
        // One that was announced under another name of its node may be given up again, once, for the death of that.
        const death = `${id} ${nodeId}`
        if (givenUp.has(death) && !shared.damaged.has(after.userId))
          return `connection ${id} is given up a second time for the death of node ${nodeId}`
        givenUp.add(death)
      }
      return null
    }
  },
}
