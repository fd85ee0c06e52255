import type { Freshness, Presence } from '../engine/presence.ts'
import type { Counts, ServerMessage, Topic, TopicDiff, TopicSnapshot, WireUser } from '../protocol/messages.ts'
import type { NodeProcess } from './node-process.ts'

/** What a watcher knows: the snapshot it got first, and everything sent after it, folded. */
export interface TestWatcher {
  readonly users: ReadonlyMap<string, WireUser>
  /** Of a `count:` topic, or of a space too large to be listed; else `null`. */
  readonly counts: Counts | null
  /** Whether the node knows what it says. */
  readonly freshness: Freshness
  /** Everything sent after the first snapshot, oldest first. */
  readonly messages: readonly ServerMessage[]
  user(userId: string): WireUser | undefined
  /** `undefined`: the watcher does not know the user. */
  status(userId: string): WireUser['status'] | undefined
  close(): void
}

/** Watches a topic on a node that runs in `process`. */
export async function watchOn(
  presence: Presence,
  process: NodeProcess,
  topic: Topic,
  audience: 'others' | 'admin',
): Promise<TestWatcher> {
  const users = new Map<string, WireUser>()
  const messages: ServerMessage[] = []
  let counts: Counts | null = null
  let { stale, warming } = presence.freshness
  let room = ''
  const replace = (snapshot: TopicSnapshot) => {
    users.clear()
    for (const user of snapshot.users) users.set(user.userId, user)
    counts = snapshot.counts
  }
  const apply = ({ set, gone }: TopicDiff) => {
    for (const user of set) users.set(user.userId, user)
    for (const userId of gone) users.delete(userId)
  }
  const fold = (message: ServerMessage) => {
    if (message.type === 'snapshot') for (const snapshot of message.topics) replace(snapshot)
    else if (message.type === 'diff') apply(message)
    else if (message.type === 'counts') counts = message.counts
  }
  const group = presence.watchers({
    broadcast(to, message) {
      if (process.state === 'crashed') return
      if (message.type === 'freshness') {
        stale = message.stale
        warming = message.warming
      }
      if (to !== room) return
      messages.push(message)
      fold(message)
    },
  })
  await group.watch(topic, audience, null, (joined, first) => {
    room = joined
    if ('snapshot' in first) replace(first.snapshot)
    else for (const diff of first.replay.diffs) apply(diff)
  })
  return {
    users,
    get counts() {
      return counts
    },
    get freshness() {
      return { stale, warming }
    },
    messages,
    user: (userId) => users.get(userId),
    status: (userId) => users.get(userId)?.status,
    close: () => group.close(),
  }
}
