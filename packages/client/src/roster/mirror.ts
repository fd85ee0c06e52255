import type { Json, ServerMessage, TopicDiff, WireUser } from '@rollcall/core/protocol'
import { freeze, same } from '../json.ts'
import type { Roster } from './roster.ts'
import { SETTLED, SYNCED, type Topics, type Watch } from './topics.ts'

type TopicItem =
  | Extract<ServerMessage, { type: 'snapshot' | 'replay' }>['topics'][number]
  | Extract<ServerMessage, { type: 'diff' | 'counts' }>

/** Folds what the server says of topics into what is known. */
export interface Mirror {
  /** A server welcomed us, which may be another one. */
  begin(): void
  apply(message: ServerMessage): void
  /** What is known of a topic is not kept up to date any more. */
  drop(watch: Watch | undefined): void
  /** The server knows what it says of this user. */
  isTrusted(userId: string): boolean
}

/**
 * @param onMember Somebody came to stand in a space, left it, or changed their state there.
 * @param onCounts The counts of a topic changed.
 */
export function createMirror(
  roster: Roster,
  topics: Topics,
  onMember: (space: string, userId: string, isThere: boolean) => void,
  onCounts: (topic: string) => void,
): Mirror {
  let isStale = false
  /** A store that lost its data fills again: who is missing is not known to be gone. */
  let isWarming = false
  /** Kept as they were last known, for a store that warms up may only not have them back yet. */
  const missing = new Set<string>()
  /** What each topic says of them meanwhile; believed if it still says so once the store is warm. */
  const withheld = new Map<string, Map<Watch, WireUser | null>>()

  const touch = ({ users }: Watch) => {
    for (const userId of users.keys()) roster.touch(userId)
  }
  const change = (watch: Watch, userId: string, user: WireUser | null) => {
    const { topic, users } = watch
    const space = topic[0] === 's' ? topic.slice(6) : ''
    const state: Json = user?.spaces.find((stay) => stay.space === space)?.state ?? null
    const isOld = user ? users.has(userId) && same(users.get(userId), state) : !users.has(userId)
    if (user) {
      roster.put(user)
      if (!isOld) users.set(userId, freeze(state))
    } else if (!isOld) {
      users.delete(userId)
      roster.touch(userId)
      // Where they are now only their own topic can tell, even if it was refused before they came.
      const own = topics.get(`user:${userId}`)
      if (own && own.step !== SYNCED) topics.again(own)
    }
    if (space && !isOld) onMember(space, userId, !!user)
  }
  /** Changes that follow on what is known; where some are missing, all is asked for anew. */
  const follow = (watch: Watch, diffs: readonly TopicDiff[]) => {
    const { since } = watch
    if (
      diffs.every(({ sequence: { generation, n } }, i) => generation === since?.generation && n === since.n + i + 1)
    ) {
      watch.since = diffs.at(-1)?.sequence ?? since
      fold(watch, diffs)
    } else {
      watch.since = undefined
      topics.again(watch)
      touch(watch)
    }
  }
  /** @param keepsMissing Whoever is missing from a whole state may only not be back yet; a diff saw them go. */
  const fold = (watch: Watch, diffs: readonly Pick<TopicDiff, 'set' | 'gone'>[], keepsMissing = false) => {
    watch.step = SYNCED
    // Only how it ended: on the way there, other topics may have told newer things.
    const last = new Map<string, WireUser | null>()
    for (const { set, gone } of diffs) {
      for (const userId of gone) last.set(userId, null)
      for (const user of set) last.set(user.userId, user)
    }
    for (const [userId, user] of last) {
      // A store that never heard of them, or forgot: of everybody else it knows since when they are offline.
      const isMissing = !user || (user.statusSince === 0 && roster.get(userId).isOnline)
      if (keepsMissing && isMissing) {
        missing.add(userId)
        withheld.set(userId, (withheld.get(userId) ?? new Map()).set(watch, user))
        roster.touch(userId)
      } else {
        missing.delete(userId)
        withheld.get(userId)?.delete(watch)
        change(watch, userId, user)
      }
    }
  }
  const take = (watch: Watch, item: TopicItem) => {
    if ('set' in item) {
      if (watch.step === SYNCED) follow(watch, [item])
      return
    }
    if ('diffs' in item) follow(watch, item.diffs)
    else {
      watch.since = item.sequence
      watch.counts = freeze(item.counts)
      onCounts(watch.topic)
    }
    if ('users' in item) {
      const there = new Set(item.users.map(({ userId }) => userId))
      watch.mode = item.mode
      fold(
        watch,
        [{ set: item.users, gone: [...watch.users.keys()].filter((userId) => !there.has(userId)) }],
        isWarming,
      )
    }
    touch(watch)
  }
  const believe = () => {
    missing.clear()
    for (const [userId, told] of withheld) {
      for (const [watch, user] of told) if (topics.get(watch.topic) === watch) change(watch, userId, user)
    }
    withheld.clear()
  }
  return {
    begin() {
      isStale = isWarming = false
      // Changes cannot go on after a whole state of which a part was withheld.
      for (const told of withheld.values()) for (const watch of told.keys()) watch.since = undefined
      withheld.clear()
    },
    apply(message) {
      if (message.type === 'freshness') {
        if (isWarming && !message.warming) believe()
        isStale = message.stale
        isWarming = message.warming
        roster.touch()
      } else {
        for (const item of 'topics' in message ? message.topics : [message as TopicItem]) {
          const watch = topics.get(item.topic)
          if (watch) take(watch, item)
        }
      }
    },
    drop(watch) {
      if (!watch) return
      watch.step &&= SETTLED
      for (const userId of [...watch.users.keys()]) change(watch, userId, null)
    },
    isTrusted: (userId) => !isStale && !missing.has(userId),
  }
}
