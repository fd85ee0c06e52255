import { isNewer, viewOf } from '../machine/index.ts'
import { createRecent } from '../recent.ts'
import type { FeedChange } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'
import type { Feed } from './feed.ts'
import type { ClusterChange } from './presence.ts'
import type { ChangeNote } from './writer.ts'

/** Every change that others can see, whichever node saved it. Costs nothing while nobody listens. */
export interface ClusterChanges {
  /** Whether anybody listens now. */
  follow(wanted: boolean): void
  /** Hears from now on what somebody listens for: when the node starts, and again where that failed. Rejects if the feed does. */
  begin(): Promise<void>
  /** What was saved somewhere, here included. */
  onChanges(changes: readonly Pick<FeedChange, 'userId' | 'epoch' | 'version' | 'record' | 'note'>[]): void
}

export interface ClusterChangesOptions {
  readonly clock: Clock
  readonly feed: Pick<Feed, 'add' | 'remove'>
  isRunning(): boolean
  emit(change: ClusterChange): void
  onFailed(error: unknown): void
}

/** What was told of a user is remembered for so long, at least: the feed brings the same again, or older ones late. */
const REMEMBER_MS = 60_000

export function createClusterChanges(options: ClusterChangesOptions): ClusterChanges {
  const { feed } = options
  const told = createRecent<{ readonly epoch: number; readonly version: number }>(options.clock, REMEMBER_MS)
  let isWanted = false
  let isHeard = false

  const clusterChanges: ClusterChanges = {
    follow(wanted) {
      if (wanted === isWanted) return
      isWanted = wanted
      if (!options.isRunning()) return
      if (wanted) clusterChanges.begin().catch(options.onFailed)
      else {
        isHeard = false
        feed.remove(['all'])
      }
    },
    async begin() {
      if (!isWanted || isHeard) return
      isHeard = true
      try {
        await feed.add(['all'])
      } catch (error) {
        isHeard = false
        throw error
      }
    },
    onChanges(changes) {
      if (!isWanted) return
      for (const { userId, epoch, version, record, note } of changes) {
        const { change } = note as ChangeNote
        if (change?.visibleTo !== 'everyone') continue
        const known = told.get(userId)
        if (known !== undefined && !isNewer({ epoch, version }, known)) continue
        told.set(userId, { epoch, version })
        const { cause, at, connectionId } = change
        options.emit({ userId, to: viewOf(record, userId, 'others'), cause, at, connectionId, epoch, version })
      }
    },
  }
  return clusterChanges
}
