import type { FeedTopic, PublishedTopic } from '../machine/index.ts'

/** Who subscribed to what. A topic that nobody has any more, and a subscriber that has none, take no room. */
export interface TopicIndex<Subscriber> {
  /** Answers those of the topics that the subscriber did not have, each once. */
  add(subscriber: Subscriber, topics: readonly FeedTopic[]): readonly FeedTopic[]
  /** Answers those of the topics that the subscriber had. */
  remove(subscriber: Subscriber, topics: readonly FeedTopic[]): readonly FeedTopic[]
  /** Answers the topics that the subscriber had. */
  removeAll(subscriber: Subscriber): readonly FeedTopic[]
  /** In the order in which they subscribed. Looks at the index itself: take a copy before you change it meanwhile. */
  of(topic: FeedTopic): Iterable<Subscriber>
  /** Those whom a change on these topics concerns, each once; whoever has `all` is one of them. */
  concernedBy(topics: readonly PublishedTopic[]): ReadonlySet<Subscriber>
  has(topic: FeedTopic): boolean
  isEmpty(): boolean
}

/** What every feed needs to find the subscribers of a change; for authors of stores. */
export function createTopicIndex<Subscriber>(): TopicIndex<Subscriber> {
  const subscribers = new Map<FeedTopic, Set<Subscriber>>()
  const topicsOf = new Map<Subscriber, Set<FeedTopic>>()
  const nobody: ReadonlySet<Subscriber> = new Set()

  const add = (subscriber: Subscriber, topic: FeedTopic): boolean => {
    const own = topicsOf.get(subscriber)
    if (own === undefined) topicsOf.set(subscriber, new Set([topic]))
    else if (own.has(topic)) return false
    else own.add(topic)
    const others = subscribers.get(topic)
    if (others === undefined) subscribers.set(topic, new Set([subscriber]))
    else others.add(subscriber)
    return true
  }
  const remove = (subscriber: Subscriber, topic: FeedTopic): boolean => {
    const own = topicsOf.get(subscriber)
    if (own === undefined || !own.delete(topic)) return false
    if (own.size === 0) topicsOf.delete(subscriber)
    const others = subscribers.get(topic)
    others?.delete(subscriber)
    if (others?.size === 0) subscribers.delete(topic)
    return true
  }
  const removeSome = (subscriber: Subscriber, topics: readonly FeedTopic[]) =>
    topics.filter((topic) => remove(subscriber, topic))

  return {
    add: (subscriber, topics) => topics.filter((topic) => add(subscriber, topic)),
    remove: removeSome,
    removeAll: (subscriber) => removeSome(subscriber, [...(topicsOf.get(subscriber) ?? [])]),
    of: (topic) => subscribers.get(topic) ?? nobody,
    concernedBy(topics) {
      const concerned = new Set<Subscriber>()
      for (const topic of topics) for (const subscriber of subscribers.get(topic) ?? nobody) concerned.add(subscriber)
      if (topics.length > 0) for (const subscriber of subscribers.get('all') ?? nobody) concerned.add(subscriber)
      return concerned
    },
    has: (topic) => subscribers.has(topic),
    isEmpty: () => subscribers.size === 0,
  }
}
