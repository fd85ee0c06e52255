import { PresenceError } from '../errors.ts'
import type { FeedTopic, PublishedTopic, UserRecord } from '../machine/index.ts'
import type { Sequence, ServerMessage, Topic } from '../protocol/messages.ts'
import type { FeedChange, FeedSignal, PresenceStore } from '../store/contract.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Clock, TimerHandle } from '../time/clock.ts'
import type { Feed } from './feed.ts'
import type { FanOut, Join, WatcherGroup } from './presence.ts'
import type { Reader } from './reader.ts'
import { createRoster, type Roster, type RosterKey, type RosterUpdate } from './roster.ts'
import { createSightings } from './sightings.ts'
import type { ChangeNote } from './writer.ts'

/** The rosters of everything watched on this node, and who gets what they send. */
export interface Rosters {
  group(fanOut: FanOut): WatcherGroup
  signal(topic: PublishedTopic, signal: SpaceSignal): Promise<void>
  /** Takes in what the feed says. */
  onChanges(changes: readonly FeedChange[]): void
  onSignal(signal: FeedSignal): void
  /**
   * Compares everything watched with the store; one pass of what runs each `reconcileEvery`. Resolves to whether all of
   * it could be read. While the store is `refilling`, who is absent there may only be missing, and is kept.
   */
  reconcile(refilling?: boolean): Promise<boolean>
  /** The roster of a topic, if somebody watches it. */
  peek(topic: Topic, audience: 'others' | 'admin'): Roster | undefined
  broadcast(message: ServerMessage): void
  close(): void
}

/** An ephemeral message as it travels through the feed. */
export interface SpaceSignal {
  readonly space: string
  readonly userId: string
  readonly name: string
  readonly data: ServerMessage extends infer M ? (M extends { type: 'signal'; data: infer D } ? D : never) : never
  readonly forMs: number
}

export interface RostersOptions {
  readonly store: PresenceStore
  readonly reader: Reader
  readonly clock: Clock
  readonly feed: Pick<Feed, 'add' | 'remove' | 'publish'>
  readonly largeSpace: { readonly above: number; readonly below: number }
  readonly randomId: () => string
  readonly telemetry: Telemetry
  onError(error: PresenceError): void
}

/** What one watched topic and audience needs besides its roster. */
interface Watched {
  readonly roster: Roster
  readonly room: string
  readonly feedTopic: FeedTopic
  readonly groups: Map<FanOut, number>
  /** Resolves once the roster was filled. */
  ready: Promise<void>
  /** A read of it is in flight. */
  reading: boolean
  /** Something was sent so recently that the next changes are gathered. */
  cooling: boolean
}

/** After an update at once, what follows within this time goes out together. */
const GATHER_MS = 10
const PAGE = 1000

export function createRosters(options: RostersOptions): Rosters {
  const { store, clock, feed, telemetry } = options
  const watched = new Map<string, Watched>()
  const byFeedTopic = new Map<FeedTopic, Set<Watched>>()
  const sightings = createSightings()
  /** The reads in flight, each with the users heard of since it began. */
  const reading = new Set<{ readonly heard: Set<string> }>()
  const groups = new Set<FanOut>()
  let gatherTimer: TimerHandle | null = null
  let closed = false

  const roomOf = (topic: Topic, audience: 'others' | 'admin') => `${audience}|${topic}`

  const send = (fanOut: FanOut, room: string, message: ServerMessage) => {
    telemetry.count('fanout.sent', { kind: message.type })
    try {
      fanOut.broadcast(room, message)
    } catch (error) {
      options.onError(new PresenceError('listener-error', `an adapter could not send to ${room}`, { room }, error))
    }
  }

  /** Sends what is pending; `false` if nothing is. */
  const flush = (watch: Watched): boolean => {
    const update = watch.roster.cut()
    if (update === null) return false
    const message = messageOf(watch.roster.key.topic, update)
    for (const fanOut of watch.groups.keys()) send(fanOut, watch.room, message)
    return true
  }

  /** At once when idle; while hot, everything of the next few ms goes out together. */
  const flushSoon = (watch: Watched) => {
    if (watch.cooling || !flush(watch)) return
    watch.cooling = true
    gatherTimer ??= clock.setTimer(endGathering, GATHER_MS)
  }
  const endGathering = () => {
    gatherTimer = null
    let hot = false
    for (const watch of watched.values()) {
      if (!watch.cooling) continue
      watch.cooling = flush(watch)
      hot ||= watch.cooling
    }
    if (hot && !closed) gatherTimer = clock.setTimer(endGathering, GATHER_MS)
  }

  const onChanges = (changes: readonly FeedChange[]) => {
    const touched = new Set<Watched>()
    for (const change of changes) {
      const { topics: published } = change.note as ChangeNote
      // A node that listens to everything, or holds the user, hears of many whom nobody here watches.
      if (!sightings.has(change.userId) && !published.some((topic) => byFeedTopic.has(topic))) continue
      const topics = sightings.hear(change)
      if (topics === null) continue
      for (const { heard } of reading) heard.add(change.userId)
      // What it is published to names also what the user has left, although nobody here saw them there.
      put(change.userId, change.record, [...topics, ...published], touched)
    }
    for (const watch of touched) flushSoon(watch)
  }
  const put = (userId: string, record: UserRecord | null, topics: readonly FeedTopic[], touched: Set<Watched>) => {
    for (const topic of topics) {
      for (const watch of byFeedTopic.get(topic) ?? []) if (watch.roster.put(userId, record)) touched.add(watch)
    }
  }

  const isShown = (userId: string, topics: readonly FeedTopic[]): boolean =>
    topics.some((topic) => [...(byFeedTopic.get(topic) ?? [])].some(({ roster }) => roster.has(userId)))

  const onSignal = ({ topic, signal }: FeedSignal) => {
    const message = { type: 'signal', ...(signal as SpaceSignal) } as const
    // Whoever does not see the sender in that space must not learn from a signal that he is there.
    for (const { roster, room, groups: receivers } of byFeedTopic.get(topic) ?? []) {
      if (!roster.key.topic.startsWith('space:') || !roster.has(message.userId)) continue
      for (const fanOut of receivers.keys()) send(fanOut, room, message)
    }
  }

  /** What the store says of a topic now. */
  const recordsOf = async ({ topic, audience }: RosterKey): Promise<readonly UserRecord[]> => {
    const name = topic.slice(topic.indexOf(':') + 1)
    if (topic.startsWith('user:')) {
      const record = await options.reader.load(name)
      return record === null ? [] : [record]
    }
    const records: UserRecord[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<PresenceStore['list']>> = await store.list(
        { space: name, as: audience },
        cursor,
        PAGE,
      )
      records.push(...page.items)
      cursor = page.next
    } while (cursor !== null)
    return records
  }

  /**
   * Reads what the store says of a topic and merges it: what the feed said of a user since the read began wins;
   * otherwise the read does, whatever was heard before, for the store may have lost it since.
   */
  const read = async (watch: Watched, refilling: boolean): Promise<void> => {
    const read = { heard: new Set<string>() }
    reading.add(read)
    watch.reading = true
    try {
      const records = await recordsOf(watch.roster.key)
      const touched = new Set<Watched>()
      const absent = new Set(watch.roster.members())
      // A user's own topic also shows that nothing is known of them.
      if (watch.feedTopic.startsWith('user:')) absent.add(watch.feedTopic.slice('user:'.length))
      for (const record of records) {
        const { userId } = record
        absent.delete(userId)
        if (!read.heard.has(userId)) put(userId, record, sightings.read(record), touched)
      }
      if (refilling) absent.clear()
      for (const userId of absent) if (!read.heard.has(userId) && watch.roster.put(userId, null)) touched.add(watch)
      touched.delete(watch)
      for (const other of touched) flushSoon(other)
    } finally {
      reading.delete(read)
      watch.reading = false
    }
  }

  const begin = (topic: Topic, audience: 'others' | 'admin'): Watched => {
    const name = topic.slice(topic.indexOf(':') + 1)
    const feedTopic: FeedTopic = topic.startsWith('user:') ? `user:${name}` : `space:${name}`
    const room = roomOf(topic, audience)
    const begun: Watched = {
      roster: createRoster({ topic, audience }, options.randomId(), options.largeSpace),
      room,
      feedTopic,
      groups: new Map(),
      reading: false,
      cooling: false,
      ready: Promise.resolve(),
    }
    begun.ready = fill(begun)
    watched.set(room, begun)
    begun.ready.catch(() => end(begun))
    return begun
  }

  const fill = async (watch: Watched): Promise<void> => {
    const { feedTopic } = watch
    const neighbours = byFeedTopic.get(feedTopic) ?? new Set()
    byFeedTopic.set(feedTopic, neighbours)
    neighbours.add(watch)
    // Only what is saved after the store confirmed the subscription is sure to be heard: the read comes after it.
    await feed.add([feedTopic])
    await read(watch, false)
    watch.roster.cut()
  }

  const end = (watch: Watched) => {
    if (watched.get(watch.room) === watch) watched.delete(watch.room)
    const neighbours = byFeedTopic.get(watch.feedTopic)
    neighbours?.delete(watch)
    if (neighbours !== undefined && neighbours.size > 0) return
    byFeedTopic.delete(watch.feedTopic)
    feed.remove([watch.feedTopic])
  }

  const rosters: Rosters = {
    onChanges,
    onSignal,
    group(fanOut) {
      groups.add(fanOut)
      const leave = (watch: Watched) => {
        const count = (watch.groups.get(fanOut) ?? 0) - 1
        if (count > 0) watch.groups.set(fanOut, count)
        else watch.groups.delete(fanOut)
        if (watch.groups.size === 0) end(watch)
      }
      return {
        async watch(topic: Topic, audience: 'others' | 'admin', since: Sequence | null, join: Join) {
          const watch = watched.get(roomOf(topic, audience)) ?? begin(topic, audience)
          watch.groups.set(fanOut, (watch.groups.get(fanOut) ?? 0) + 1)
          try {
            await watch.ready
          } catch (error) {
            leave(watch)
            throw error instanceof PresenceError
              ? error
              : new PresenceError('store-error', `${topic} cannot be read now`, { topic }, error)
          }
          // Those who already watch get what is pending first; the snapshot then says the sequence it stands at.
          flush(watch)
          const diffs = since === null ? null : watch.roster.replay(since)
          join(watch.room, diffs === null ? { snapshot: watch.roster.snapshot() } : { replay: { topic, diffs } })
        },
        unwatch(topic, audience) {
          const watch = watched.get(roomOf(topic, audience))
          if (watch?.groups.has(fanOut)) leave(watch)
        },
        close() {
          groups.delete(fanOut)
          for (const watch of [...watched.values()]) {
            watch.groups.delete(fanOut)
            if (watch.groups.size === 0) end(watch)
          }
        },
      }
    },
    async signal(topic, signal) {
      await feed.publish({ topic, signal })
    },
    async reconcile(refilling = false) {
      let complete = true
      for (const watch of [...watched.values()]) {
        try {
          await watch.ready
          if (watch.reading || watched.get(watch.room) !== watch) continue
          await read(watch, refilling)
          flushSoon(watch)
        } catch (error) {
          complete = false
          options.onError(
            new PresenceError(
              'store-error',
              `${watch.roster.key.topic} cannot be compared with the store`,
              { topic: watch.roster.key.topic },
              error,
            ),
          )
        }
      }
      sightings.prune(isShown)
      return complete
    },
    peek: (topic, audience) => watched.get(roomOf(topic, audience))?.roster,
    broadcast(message) {
      for (const fanOut of groups) send(fanOut, '*', message)
    },
    close() {
      closed = true
      if (gatherTimer !== null) clock.clearTimer(gatherTimer)
    },
  }
  return rosters
}

function messageOf(topic: Topic, update: RosterUpdate): ServerMessage {
  switch (update.kind) {
    case 'diff':
      return { type: 'diff', ...update.diff }
    case 'counts':
      return { type: 'counts', topic, sequence: update.sequence, counts: update.counts }
    case 'snapshot':
      return { type: 'snapshot', topics: [update.snapshot] }
  }
}
