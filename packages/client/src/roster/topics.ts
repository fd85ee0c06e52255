import type { Counts, Json, Sequence, Topic, TopicSnapshot, WireLimits } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import { LOST, type RequestError } from '../connection/requests.ts'

/** How far the server got with a topic. */
const UNASKED = 0
const ASKED = 1
/** Answered, be it with a refusal. */
export const SETTLED = 2
/** Every change since the last snapshot or replay was seen. */
export const SYNCED = 3

/** One topic that somebody listens to, or did until lately, and what is known of it. */
export interface Watch {
  readonly topic: Topic
  /** Listeners. */
  refs: number
  /** Armed while there are none. */
  linger: unknown
  step: number
  /** Where changes go on; without it there must be a snapshot. */
  since: Sequence | undefined
  /** Who is in it, with their state there. */
  readonly users: Map<string, Json>
  counts: Counts | null
  mode: TopicSnapshot['mode']
}

/** What is asked of the server: the topics that anybody here listens to, in few messages. */
export interface Topics {
  get(topic: string): Watch | undefined
  /** Counts a listener of a topic; returns what takes it back. */
  hold(topic: Topic): () => void
  /** A space that lists this user is up to date, so that nobody need ask for them. */
  isCovered(userId: string): boolean
  /** Asks for a topic once more. */
  again(watch: Watch): void
  /** Asks for everything anew, as after a welcome; or for nothing, as there is no connection. */
  begin(limits: WireLimits | null): void
  /** Sends one message at most; returns whether there is more to send. */
  flush(): boolean
  dispose(): void
}

const LINGER_MS = 5000

/** @param onDropped Nobody listened to a topic for a while: what is known of it may go. */
export function createTopics(
  { ask, send }: Pick<Connection, 'ask' | 'send'>,
  clock: ClientClock,
  schedule: () => void,
  onRefused: (error: RequestError) => void,
  onDropped: (watch: Watch) => void,
): Topics {
  const watches = new Map<string, Watch>()
  const spaces = new Set<Watch>()
  let dropped: Topic[] = []
  let limits: WireLimits | null = null
  let isDisposed = false
  /** What cannot be told now, until it is asked for again. */
  let waiting: Watch[] = []
  let retry: unknown

  /** As many as fit into one message, by the bytes they take at most. */
  const fill = <T>(items: readonly T[], topicOf: (item: T) => string, left: number) =>
    items.filter((item) => {
      left -= 3 * topicOf(item).length + 120
      return left > 0
    })
  const isCovered = (userId: string) => {
    for (const { step, mode, users } of spaces) if (step === SYNCED && mode === 'list' && users.has(userId)) return true
    return false
  }
  /** What to ask for next: users wait until it is known whom the spaces cover. */
  const due = (most: number) => {
    const [first, users]: [Watch[], Watch[]] = [[], []]
    let isWaiting = false
    for (const watch of watches.values()) {
      const isUser = watch.topic[0] === 'u'
      if (watch.step) {
        most--
        isWaiting ||= !isUser && watch.step === ASKED
      } else if (!isUser) first.push(watch)
      else if (!isCovered(watch.topic.slice(5))) users.push(watch)
    }
    return (first.length ? first : isWaiting ? [] : users).slice(0, Math.max(0, most))
  }
  const request = (asked: readonly Watch[]) => {
    const topics = asked.map((watch) => {
      watch.step = ASKED
      const { topic, since, mode } = watch
      // Counts come whole each time.
      return since && mode === 'list' && topic[0] !== 'c' ? { topic, since } : { topic }
    })
    ask({ type: 'watch', topics }, (error) => {
      if (error === LOST) return
      const passing = asked.filter((watch) => watch.step === ASKED)
      for (const watch of passing) watch.step = SETTLED
      if (error?.retryAfterMs) {
        waiting.push(...passing)
        clock.clearTimer(retry)
        retry = clock.setTimer(askAgain, error.retryAfterMs)
      }
      if (error) onRefused(error)
      schedule()
    })
  }
  const again = (watch: Watch) => {
    watch.step = UNASKED
    schedule()
  }
  const askAgain = () => {
    for (const watch of waiting) if (watch.step === SETTLED) again(watch)
    waiting = []
  }
  return {
    get: (topic) => watches.get(topic),
    hold(topic) {
      const watch: Watch = watches.get(topic) ?? {
        topic,
        refs: 0,
        linger: undefined,
        step: UNASKED,
        since: undefined,
        users: new Map(),
        counts: null,
        mode: 'list',
      }
      watch.refs++
      watches.set(topic, watch)
      if (topic[0] === 's') spaces.add(watch)
      clock.clearTimer(watch.linger)
      schedule()
      const drop = () => {
        watches.delete(topic)
        spaces.delete(watch)
        if (watch.step) dropped.push(topic)
        onDropped(watch)
        schedule()
      }
      return () => {
        if (!--watch.refs && !isDisposed) watch.linger = clock.setTimer(drop, LINGER_MS)
      }
    },
    isCovered,
    again,
    begin(given) {
      limits = given
      dropped = []
      waiting = []
      clock.clearTimer(retry)
      watches.forEach(again)
    },
    flush() {
      if (!limits) return false
      const { messageBytes, watched } = limits
      const gone = fill(dropped, (topic) => topic, messageBytes)
      dropped = dropped.slice(gone.length)
      if (gone.length) return send({ type: 'unwatch', topics: gone })
      const asked = fill(due(watched), ({ topic }) => topic, messageBytes)
      if (asked.length) request(asked)
      return due(watched).length > 0
    },
    dispose() {
      isDisposed = true
      clock.clearTimer(retry)
      for (const { linger } of watches.values()) clock.clearTimer(linger)
    },
  }
}
