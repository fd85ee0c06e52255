import type { FeedChange, FeedListener, FeedSignal, FeedSubscription, FeedTopic, PublishedTopic } from '@rollcall/core'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import type { FeedFault } from './faults.ts'

/** A change with the topics it was published to. */
export interface Published {
  readonly change: FeedChange
  readonly topics: readonly PublishedTopic[]
}

/** The change feed between the store and its nodes: each delivery takes time, and may come to harm. */
export interface Feed {
  readonly faults: FeedFault[]
  publish(published: readonly Published[]): void
  signal(signal: FeedSignal): void
  subscribe(process: Process, listener: FeedListener): Subscriber
  /** Every subscription whose driver noticed that it hears nothing is told of the gap. */
  reconnect(): void
  /** When some delivery was last lost. One that is late or out of order harms nothing. */
  readonly harmedAt: number
}

export interface Subscriber {
  readonly topics: Set<FeedTopic>
  close(): void
}

interface Subscription extends Subscriber {
  readonly process: Process
  readonly listener: FeedListener
  readonly random: Random
  closed: boolean
  /** Since when nothing comes, and whether its driver will ever notice. */
  deaf: { readonly since: number; readonly isNoticed: boolean } | null
  /** Deliveries come in order: none arrives before this. */
  arrivesAt: number
}

const LATENCY = [1, 5] as const
const DELAY = [500, 8000] as const
const REORDERED_WITHIN_MS = 400
/** Within four renewals a node has noticed that it hears nothing, and listens anew. */
const DEAF_FOR_MS = 40_000

export function createFeed(world: World, random: Random): Feed {
  const subscriptions = new Set<Subscription>()
  const faults: FeedFault[] = []
  let harmedAt = Number.NEGATIVE_INFINITY

  const faultOf = (to: Subscription, topics: readonly PublishedTopic[]): FeedFault | undefined => {
    if (faults.length === 0) return undefined
    const { now } = world
    return faults.find(
      ({ from, until, node, topic }) =>
        from <= now &&
        now < until &&
        (node === null || node === to.process.name) &&
        (topic === null || topics.includes(topic as PublishedTopic)),
    )
  }
  const deliver = (to: Subscription, topics: readonly PublishedTopic[], hear: () => void) => {
    if (to.process.dead || to.closed) return
    const fault = faultOf(to, topics)
    if (fault?.kind === 'dead' || fault?.kind === 'deaf')
      to.deaf ??= { since: world.now, isNoticed: fault.kind === 'dead' }
    if (to.deaf !== null) {
      if (to.deaf.isNoticed || world.now - to.deaf.since < DEAF_FOR_MS) harmedAt = world.now
      return
    }
    if (fault?.kind === 'lost') {
      harmedAt = world.now
      fault.until = world.now
      return
    }
    let at = world.now + to.random.whole(...LATENCY)
    if (fault?.kind === 'delayed') at += to.random.whole(...DELAY)
    else if (fault?.kind === 'reordered') at += to.random.whole(0, REORDERED_WITHIN_MS)
    else {
      at = Math.max(at, to.arrivesAt)
      to.arrivesAt = at
    }
    world.at(at, { owner: to.process, what: 'feed', travels: true }, () => {
      if (!to.closed) hear()
    })
  }
  return {
    faults,
    get harmedAt() {
      return harmedAt
    },
    publish(published) {
      for (const to of subscriptions) {
        const heard = published.filter(({ topics }) =>
          topics.some((topic) => to.topics.has(topic) || to.topics.has('all')),
        )
        if (heard.length === 0) continue
        // What may come to harm travels alone.
        if (faults.length > 0) {
          for (const { change, topics } of heard) deliver(to, topics, () => to.listener.onChanges([change]))
        } else {
          const changes = heard.map(({ change }) => change)
          deliver(to, [], () => to.listener.onChanges(changes))
        }
      }
    },
    signal(signal) {
      for (const to of subscriptions) {
        if (to.topics.has(signal.topic)) deliver(to, [signal.topic], () => to.listener.onSignal(signal))
      }
    },
    subscribe(process, listener) {
      const subscription: Subscription = {
        process,
        listener,
        random: random.fork(process.name),
        topics: new Set(),
        closed: false,
        deaf: null,
        arrivesAt: 0,
        close() {
          subscription.closed = true
          subscriptions.delete(subscription)
        },
      }
      subscriptions.add(subscription)
      return subscription
    },
    reconnect() {
      for (const to of subscriptions) {
        if (!to.deaf?.isNoticed) continue
        to.deaf = null
        world.at(world.now + 1, { owner: to.process, what: 'feed gap', travels: true }, () => to.listener.onGap(null))
      }
    },
  }
}

/** What a node holds of its subscription: every call goes to the store and back. */
export function subscriptionOf(
  subscriber: Subscriber,
  feed: Feed,
  call: <T>(name: 'topics' | 'publish', execute: () => Promise<T>) => Promise<T>,
): FeedSubscription {
  return {
    add: (topics) =>
      call('topics', async () => {
        for (const topic of topics) subscriber.topics.add(topic)
      }),
    remove: (topics) =>
      call('topics', async () => {
        for (const topic of topics) subscriber.topics.delete(topic)
      }),
    publish: (signal) => call('publish', async () => feed.signal(signal)),
    async close() {
      subscriber.close()
    },
  }
}
