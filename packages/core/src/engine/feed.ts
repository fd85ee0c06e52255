import { PresenceError } from '../errors.ts'
import type { FeedTopic } from '../machine/index.ts'
import type { FeedChange, FeedSignal, FeedSubscription, PresenceStore } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'
import { createEchoes } from './echoes.ts'

/** This node's ear on the change feed. It knows whether it still hears. */
export interface Feed {
  /** Rejects if the store does. */
  open(): Promise<void>
  /** Resolves once every later save is certain to be heard. */
  add(topics: readonly FeedTopic[]): Promise<void>
  remove(topics: readonly FeedTopic[]): void
  publish(signal: FeedSignal): Promise<void>
  /**
   * A renewal of this node's lease until `until` stood, and echoes on the node's own topic. An echo that did not come in
   * time means that something may have been missed; a second one that nothing is heard at all, and the feed is opened
   * anew.
   *
   * @param sentAt When the renewal was sent, in ms of the monotonic clock.
   */
  onRenewed(until: number, sentAt: number): Promise<void>
  /** When the feed last proved that it lives, in ms of the monotonic clock. */
  provedAt(): number
  close(): Promise<void>
}

export interface FeedListeners {
  onChanges(changes: readonly FeedChange[]): void
  /** A signal of a space. */
  onSpaceSignal(signal: FeedSignal): void
  /** A message from another node to this one. */
  onNodeMessage(message: unknown): void
  /** Something may have been missed on these topics; `null`: on all of them. */
  onGap(topics: readonly FeedTopic[] | null): void
}

/** Of a feed that polls: the next poll brings it, or the one after, and each takes a while. */
const POLL_SLACK_MS = 1000

/** What a store says on a node's own topic when it renewed the node's lease. */
function echoOf(signal: unknown): number | null {
  const { type, until } = (signal ?? {}) as { readonly type?: unknown; readonly until?: unknown }
  return type === 'renewed' && typeof until === 'number' ? until : null
}

/** @param renewEveryMs How often echoes come when nothing is wrong. */
export function createFeed(store: PresenceStore, clock: Clock, renewEveryMs: number, listeners: FeedListeners): Feed {
  const { feed } = store.capabilities
  const pollMs = feed.kind === 'poll' ? 2 * feed.everyMs + POLL_SLACK_MS : 0
  const echoes = createEchoes(Math.max(renewEveryMs / 2, pollMs))
  const topics = new Set<FeedTopic>()
  const removing = new Map<FeedTopic, Promise<void>>()
  let subscription: FeedSubscription | null = null
  /** Which opening counts: what an ear says that was given up is no proof of the next one's life. */
  let opening = 0
  let openedAt = Number.NEGATIVE_INFINITY
  let isDeaf = false

  const onSignal = (signal: FeedSignal) => {
    if (!signal.topic.startsWith('node:')) return listeners.onSpaceSignal(signal)
    const until = echoOf(signal.signal)
    if (until === null) return listeners.onNodeMessage(signal.signal)
    echoes.hear(until)
  }
  const listen = async (): Promise<void> => {
    const mine = ++opening
    const counts = () => mine === opening
    const opened = await store.subscribe({
      onChanges: (changes) => counts() && listeners.onChanges(changes),
      onSignal: (signal) => counts() && onSignal(signal),
      onGap: (missing) => counts() && listeners.onGap(missing),
    })
    if (!counts()) return opened.close()
    subscription = opened
    if (topics.size > 0) await opened.add([...topics])
  }
  const running = (): FeedSubscription => {
    if (subscription === null) throw new PresenceError('not-running', 'call presence.start() before anybody watches')
    return subscription
  }
  /** A store that is away must not keep an ear from being given up. */
  const giveUp = (deaf: FeedSubscription | null) => deaf?.close().catch(() => {})

  return {
    async open() {
      await listen()
      openedAt = clock.monotonic()
    },
    async add(added) {
      for (const topic of added) topics.add(topic)
      // A removal under way must not arrive after this, and take away what is wanted again.
      await Promise.all(added.map((topic) => removing.get(topic)))
      const wanted = added.filter((topic) => topics.has(topic))
      if (wanted.length > 0) await running().add(wanted)
    },
    remove(removed) {
      if (removed.length === 0) return
      for (const topic of removed) topics.delete(topic)
      if (subscription === null) return
      // What is heard for nothing does no harm.
      const removal: Promise<void> = subscription
        .remove(removed)
        .catch(() => {})
        .finally(() => {
          for (const topic of removed) if (removing.get(topic) === removal) removing.delete(topic)
        })
      for (const topic of removed) removing.set(topic, removal)
    },
    async publish(signal) {
      await running().publish(signal)
    },
    async onRenewed(until, sentAt) {
      echoes.await(until, sentAt)
      const state = echoes.review(clock.monotonic())
      isDeaf ||= state === 'deaf'
      if (isDeaf) {
        void giveUp(subscription)
        await listen()
        isDeaf = false
      } else if (state === 'heard') return
      listeners.onGap(null)
    },
    provedAt: () => Math.max(openedAt, echoes.provedAt()),
    async close() {
      opening++
      await subscription?.close()
      subscription = null
    },
  }
}
