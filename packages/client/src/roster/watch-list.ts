import type { Counts, Json, Sequence, Topic, TopicSnapshot, WireLimits } from '@rollcall/core/protocol'
import { createBatch } from '../batch.ts'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'

/** One topic that somebody listens to, or did until lately, and what is known of it. */
export interface Watch {
  readonly topic: Topic
  /** Listeners. */
  refs: number
  /** Armed while there are none. */
  linger: unknown
  /** The server was asked, on this connection. */
  isSent: boolean
  /** And answered, be it with a refusal. */
  isSettled: boolean
  /** No change since the last snapshot or replay was missed. */
  isSynced: boolean
  since: Sequence | null
  /** Who is in it, with their state there. */
  readonly users: Map<string, Json>
  counts: Counts | null
  mode: TopicSnapshot['mode']
}

export interface WatchListOptions {
  readonly clock: ClientClock
  readonly connection: Pick<Connection, 'ask' | 'send'>
  onRefused(error: { readonly code: string; readonly message: string }): void
  /** Nobody listened for a while: what is known of the topic may go. */
  onDropped(watch: Watch): void
}

/** What is asked of the server: the topics that anybody here listens to, in few messages. */
export interface WatchList {
  /** Counts a listener of a topic; returns what takes it back. */
  hold(topic: Topic): () => void
  get(topic: string): Watch | undefined
  /** A space that lists this user is up to date, so that nobody need ask for them. */
  isCovered(userId: string): boolean
  /** A space lists this user, up to date or not. */
  isListed(userId: string): boolean
  /** Something changed in what is wanted or covered. */
  schedule(): void
  /** Asks for a topic again; for its changes since, where they are known. */
  again(watch: Watch): void
  /** Asks for whole snapshots of everything. */
  renew(): void
  /** A welcome came: everything is asked for anew. */
  begin(limits: WireLimits): void
  /** The connection went. */
  lose(): void
  dispose(): void
}

/** At most one message per this time. */
const GAP_MS = 50
const LINGER_MS = 5000

export function createWatchList(options: WatchListOptions): WatchList {
  const { clock, connection } = options
  const watches = new Map<string, Watch>()
  const spaces = new Set<Watch>()
  const retries = new Set<unknown>()
  let dropped: Topic[] = []
  let limits: WireLimits | null = null
  let isDisposed = false

  /** As many as fit into one message, by the bytes they take at most. */
  const fill = <T>(items: readonly T[], topicOf: (item: T) => string): T[] => {
    let left = limits?.messageBytes ?? 0
    return items.filter((item) => {
      left -= 3 * topicOf(item).length + 120
      return left > 0
    })
  }
  const isListed = (userId: string, where = (_: Watch) => true) => {
    for (const space of spaces) if (space.users.has(userId) && where(space)) return true
    return false
  }
  const isCovered = (userId: string) => isListed(userId, ({ isSynced, mode }) => isSynced && mode === 'list')
  /** What to ask for next. Users wait until it is known whom the spaces cover. */
  const due = (): readonly Watch[] => {
    const unsent: Watch[] = []
    let sent = 0
    let isWaiting = false
    for (const watch of watches.values()) {
      if (watch.isSent) sent++
      else unsent.push(watch)
    }
    for (const space of spaces) isWaiting ||= space.isSent && !space.isSettled
    const first = unsent.filter(({ topic }) => topic[0] !== 'u')
    const next = first.length ? first : isWaiting ? [] : unsent.filter(({ topic }) => !isCovered(topic.slice(5)))
    return next.slice(0, Math.max(0, (limits?.watched ?? 0) - sent))
  }
  const ask = (asked: readonly Watch[]) => {
    const topics = asked.map((watch) => {
      watch.isSent = true
      const { topic, since, mode } = watch
      // Counts come whole each time.
      return since && mode === 'list' && topic[0] !== 'c' ? { topic, since } : { topic }
    })
    connection.ask({ type: 'watch', topics }, (error) => {
      for (const watch of asked) watch.isSettled ||= watch.isSent
      batch.schedule()
      if (!error || !limits) return
      options.onRefused(error)
      const { retryAfterMs, details } = error
      if (retryAfterMs === undefined) return
      const named = (details as { topics?: readonly string[] } | undefined)?.topics
      const retry = clock.setTimer(() => {
        retries.delete(retry)
        for (const watch of asked) if (!watch.isSynced && named?.includes(watch.topic) !== false) watch.isSent = false
        batch.schedule()
      }, retryAfterMs)
      retries.add(retry)
    })
  }
  const batch = createBatch(clock, GAP_MS, () => {
    if (!limits) return false
    const gone = fill(dropped, (topic) => topic)
    if (gone.length) {
      dropped = dropped.slice(gone.length)
      connection.send({ type: 'unwatch', topics: gone })
      return true
    }
    const asked = fill(due(), ({ topic }) => topic)
    if (asked.length) ask(asked)
    return due().length > 0
  })
  const drop = (watch: Watch) => {
    watches.delete(watch.topic)
    spaces.delete(watch)
    if (watch.isSent) dropped.push(watch.topic)
    options.onDropped(watch)
    batch.schedule()
  }
  const make = (topic: Topic): Watch => {
    const watch: Watch = {
      topic,
      refs: 0,
      linger: undefined,
      isSent: false,
      isSettled: false,
      isSynced: false,
      since: null,
      users: new Map(),
      counts: null,
      mode: 'list',
    }
    watches.set(topic, watch)
    if (topic[0] === 's') spaces.add(watch)
    return watch
  }
  const again = (watch: Watch) => {
    watch.isSent = watch.isSettled = watch.isSynced = false
    batch.schedule()
  }
  const stop = () => {
    limits = null
    batch.cancel()
    for (const retry of retries) clock.clearTimer(retry)
    retries.clear()
    dropped = []
  }
  return {
    hold(topic) {
      const watch = watches.get(topic) ?? make(topic)
      watch.refs++
      clock.clearTimer(watch.linger)
      if (limits) batch.schedule()
      return () => {
        if (!--watch.refs && !isDisposed) watch.linger = clock.setTimer(() => drop(watch), LINGER_MS)
      }
    },
    get: (topic) => watches.get(topic),
    isCovered,
    isListed: (userId) => isListed(userId),
    schedule: batch.schedule,
    again,
    renew() {
      for (const watch of watches.values()) {
        watch.since = null
        again(watch)
      }
    },
    begin(given) {
      limits = given
      batch.schedule()
    },
    lose() {
      stop()
      for (const watch of watches.values()) watch.isSent = watch.isSettled = watch.isSynced = false
    },
    dispose() {
      isDisposed = true
      stop()
      for (const { linger } of watches.values()) clock.clearTimer(linger)
    },
  }
}
