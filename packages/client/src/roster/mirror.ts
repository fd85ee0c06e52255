import type { Json, ServerMessage, TopicDiff, TopicReplay, TopicSnapshot, WireUser } from '@rollcall/core/protocol'
import { freeze, same } from '../json.ts'
import type { Roster } from './roster.ts'
import type { Watch, WatchList } from './watch-list.ts'

export interface MirrorOptions {
  readonly roster: Roster
  readonly watchList: WatchList
  /** Somebody came to stand in a space, left it, or changed their state there. */
  onMember(space: string, userId: string, isThere: boolean): void
  /** The counts of a topic changed. */
  onCounts(topic: string): void
}

/** Folds what the server says of topics into what is known. */
export interface Mirror {
  apply(message: ServerMessage): void
  /** The server says that these may not be watched any more. */
  end(topics: readonly string[]): void
  /** Nobody listens to a topic any more. */
  drop(watch: Watch): void
}

export function createMirror(options: MirrorOptions): Mirror {
  const { roster, watchList, onMember } = options
  /** A store that lost its data fills again: who is missing is not known to be gone. */
  let isWarming = false

  const spaceOf = (watch: Watch) => (watch.topic[0] === 's' ? watch.topic.slice(6) : null)
  const leave = (watch: Watch, userId: string) => {
    const space = spaceOf(watch)
    watch.users.delete(userId)
    if (space !== null) onMember(space, userId, false)
    const own = watchList.get(`user:${userId}`)
    if (watchList.isCovered(userId) || own?.isSynced) return
    // Where they are now only their own topic can tell, even if it was refused before they came.
    roster.mark(userId, false)
    if (own) watchList.again(own)
  }
  const fold = (watch: Watch, set: Iterable<WireUser>, gone: Iterable<string>) => {
    const space = spaceOf(watch)
    for (const user of set) {
      const { userId } = user
      if (isWarming && user.status === 'offline' && roster.get(userId).isOnline) {
        roster.mark(userId, false)
        continue
      }
      roster.put(user)
      const state: Json = space === null ? null : (user.spaces.find((stay) => stay.space === space)?.state ?? null)
      if (watch.users.has(userId) && same(watch.users.get(userId), state)) continue
      watch.users.set(userId, freeze(state))
      if (space !== null) onMember(space, userId, true)
    }
    for (const userId of gone) {
      if (!watch.users.has(userId)) continue
      if (isWarming) roster.mark(userId, false)
      else leave(watch, userId)
    }
  }
  const setCounts = (watch: Watch, counts: Watch['counts']) => {
    watch.counts = freeze(counts)
    options.onCounts(watch.topic)
  }
  const settle = (watch: Watch) => {
    watch.isSettled = watch.isSynced = true
    watchList.schedule()
  }
  const takeSnapshot = (watch: Watch, { users, sequence, mode, counts }: TopicSnapshot) => {
    const there = new Set(users.map(({ userId }) => userId))
    watch.mode = mode
    watch.since = sequence
    settle(watch)
    fold(
      watch,
      users,
      [...watch.users.keys()].filter((userId) => !there.has(userId)),
    )
    setCounts(watch, counts)
  }
  const isNext = (watch: Watch, { generation, n }: TopicDiff['sequence'], ahead = 1) =>
    watch.since?.generation === generation && n === watch.since.n + ahead
  const takeReplay = (watch: Watch, { diffs }: TopicReplay) => {
    if (!diffs.every(({ sequence }, i) => isNext(watch, sequence, i + 1))) {
      watch.since = null
      watchList.again(watch)
      return
    }
    // Only how it ended: on the way there, other topics may have told newer things.
    const set = new Map<string, WireUser>()
    const gone = new Set<string>()
    for (const diff of diffs) {
      for (const user of diff.set) {
        gone.delete(user.userId)
        set.set(user.userId, user)
      }
      for (const userId of diff.gone) {
        set.delete(userId)
        gone.add(userId)
      }
    }
    watch.since = diffs.at(-1)?.sequence ?? watch.since
    settle(watch)
    fold(watch, set.values(), gone)
    for (const userId of watch.users.keys()) roster.mark(userId, true)
  }
  const takeDiff = (watch: Watch, diff: TopicDiff) => {
    if (!watch.isSynced) return
    if (isNext(watch, diff.sequence)) {
      watch.since = diff.sequence
      fold(watch, diff.set, diff.gone)
    } else if (diff.sequence.generation !== watch.since?.generation || diff.sequence.n > watch.since.n) {
      watchList.again(watch)
    }
  }
  const each = <T extends { readonly topic: string }>(topics: readonly T[], take: (watch: Watch, item: T) => void) => {
    for (const item of topics) {
      const watch = watchList.get(item.topic)
      if (watch) take(watch, item)
    }
  }
  return {
    apply(message) {
      if (message.type === 'snapshot') each(message.topics, takeSnapshot)
      else if (message.type === 'replay') each(message.topics, takeReplay)
      else if (message.type === 'diff') each([message], takeDiff)
      else if (message.type === 'counts') {
        each([message], (watch, { sequence, counts }) => {
          watch.since = sequence
          setCounts(watch, counts)
        })
      } else if (message.type === 'freshness') {
        roster.setTrusted(!message.stale)
        if (isWarming && !message.warming) watchList.renew()
        isWarming = message.warming
      }
    },
    end(topics) {
      for (const topic of topics) {
        const watch = watchList.get(topic)
        if (!watch) continue
        watch.isSynced = false
        for (const userId of [...watch.users.keys()]) leave(watch, userId)
      }
    },
    drop(watch) {
      for (const userId of [...watch.users.keys()]) {
        leave(watch, userId)
        if (!watchList.get(`user:${userId}`) && !watchList.isListed(userId)) roster.forget(userId)
      }
    },
  }
}
