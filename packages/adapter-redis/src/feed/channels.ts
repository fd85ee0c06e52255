import type { FeedTopic, PublishedTopic } from '@rollcall/core'
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
  ofSignals(topic: PublishedTopic): string
  /** The channel of a topic in one partition. */
  in(partition: number, topic: PublishedTopic): string
  partitionOf(name: string): number
}

export function createChannels(layout: Layout): Channels {
  const partitions = new Map<string, number>()
  const named = (partition: number, bucket: number) => {
    const name = layout.channels(partition) + bucket
    partitions.set(name, partition)
    return name
  }
  const nameIn = (partition: number, topic: PublishedTopic) => named(partition, layout.bucketOf(topic))
  return {
    // A writer may name any topic, and publishes from the partition of the user it writes.
    of(topic) {
      const buckets = topic === 'all' ? layout.buckets : [layout.bucketOf(topic)]
      return layout.all.flatMap((partition) => buckets.map((bucket) => ({ name: named(partition, bucket), partition })))
    },
    ofSignals: (topic) => nameIn(layout.partitionOfSignals(topic), topic),
    in: nameIn,
    partitionOf: (name) => partitions.get(name) ?? 0,
  }
}
