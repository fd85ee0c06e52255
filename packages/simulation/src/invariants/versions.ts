import { nodeOf } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/** No process replaces a record of a later version than its own. */
export const versions: Invariant = {
  name: 'versions',
  begin: (scene) => ({
    accepted({ write: { userId, writer }, wasLater }) {
      if (!wasLater || nodeOf(scene, writer)?.isLater !== false) return null
      return `${userId}: node ${writer} replaces a record of a later version`
    },
  }),
}
