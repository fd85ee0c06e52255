import { type FeedTopic, isNewer, topicsOf, type UserRecord } from '../machine/index.ts'

/** Which state of a user it is. */
interface Version {
  readonly epoch: number
  readonly version: number
}

/** The state of a user that all rosters of this node show. */
interface Sighting extends Version {
  /** Everything that state is of interest to. */
  readonly topics: readonly FeedTopic[]
  /** Shown by no roster when last looked. */
  gone: boolean
}

/**
 * One state per user for all rosters of a node: what the feed says later than that is taken in by every roster that
 * showed the user or is to show them now, so that topics never contradict each other; what it says earlier, by none.
 */
export interface Sightings {
  /** Some roster shows the user, or did lately. */
  has(userId: string): boolean
  /** A state heard from the feed. The topics whose rosters are to take it in; `null`: it is old. */
  hear(change: Version & { readonly userId: string; readonly record: UserRecord | null }): readonly FeedTopic[] | null
  /** A state read from the store, which counts whatever was heard before. The topics whose rosters are to take it in. */
  read(record: UserRecord): readonly FeedTopic[]
  /** Forgets users that no roster has shown since the call before: until then late changes of theirs are told from new ones. */
  prune(isShown: (userId: string, topics: readonly FeedTopic[]) => boolean): void
  readonly size: number
}

export function createSightings(): Sightings {
  const sightings = new Map<string, Sighting>()

  const take = (userId: string, { epoch, version }: Version, record: UserRecord | null): readonly FeedTopic[] => {
    const before = sightings.get(userId)?.topics ?? []
    const after: readonly FeedTopic[] = record === null ? [`user:${userId}`] : topicsOf(null, record)
    sightings.set(userId, { epoch, version, topics: after, gone: false })
    return before.length === 0 ? after : [...new Set([...before, ...after])]
  }
  return {
    has: (userId) => sightings.has(userId),
    hear({ userId, epoch, version, record }) {
      const known = sightings.get(userId)
      if (known !== undefined && !isNewer({ epoch, version }, known)) return null
      return take(userId, { epoch, version }, record)
    },
    read: (record) => take(record.userId, record, record),
    prune(isShown) {
      for (const [userId, sighting] of sightings) {
        if (isShown(userId, sighting.topics)) sighting.gone = false
        else if (sighting.gone) sightings.delete(userId)
        else sighting.gone = true
      }
    },
    get size() {
      return sightings.size
    },
  }
}
