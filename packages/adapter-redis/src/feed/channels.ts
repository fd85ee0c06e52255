import type { FeedTopic } from '@rollcall/core'
import type { Layout } from '../layout.ts'

/** A channel, and the partition that publishes to it. */
export interface Channel {
  readonly name: string
  readonly partition: number
}

/** Names of channels, and the channels that a topic is heard on. */
export interface Channels {
  of(topic: FeedTopic): readonly Channel[]
  /** Where signals of a topic are published. */
  ofSignals(topic: FeedTopic): string
  /** The channel of a topic in one partition. */
  in(partition: number, topic: FeedTopic): string
  partitionOf(name: string): number
}

export function createChannels(layout: Layout): Channels {
  const partitions = new Map<string, number>()
  const nameIn = (partition: number, topic: FeedTopic) => {
    const name = layout.channels(partition) + layout.bucketOf(topic)
    partitions.set(name, partition)
    return name
  }
  return {
    // A writer may name any topic, and publishes from the partition of the user it writes.
    of: (topic) => layout.all.map((partition) => ({ name: nameIn(partition, topic), partition })),
    ofSignals: (topic) => nameIn(layout.partitionOfSignals(topic), topic),
    in: nameIn,
    partitionOf: (name) => partitions.get(name) ?? 0,
  }
}
