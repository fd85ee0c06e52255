import { hashRev, type PublishedTopic } from '@rollcall/core'

/** Raised when data of another layout cannot be read any more. */
export const LAYOUT = 1

/** Parts of the index by node and standing within a partition: small ones are kept by Redis in a tenth of the room. */
const CHUNKS = 8
/** Parts of the index by space, as `lua/save.lua` knows them: each space lies in one of them. */
const SPACE_CHUNKS = 8
/** Channels of a partition. More of them: less is heard in vain, and more often the same on several. */
const BUCKETS = 16

/** Where what is stored and published lies. Everything of one partition lies in one slot of a Cluster. */
export interface Layout {
  /** 0 to `partitions - 1`. */
  readonly all: readonly number[]
  partitionOf(userId: string): number
  records(partition: number): string
  /** Users by space: members `class space NUL user NUL status`. */
  near(partition: number, chunk: number): string
  readonly spaceChunks: readonly number[]
  due(partition: number): string
  /** Counters and digests. */
  sums(partition: number): string
  /** Killed writers. */
  killed(partition: number): string
  /** Users by node, `n node NUL user`; present ones, `p user NUL standing`; offline ones, `f user NUL standing`. */
  wide(partition: number, chunk: number): string
  chunkOf(userId: string): number
  readonly chunks: readonly number[]
  channels(partition: number): string
  /** Channels of each partition. */
  readonly buckets: readonly number[]
  bucketOf(topic: PublishedTopic): number
  /** The partition through which a topic's signals pass. */
  partitionOfSignals(topic: PublishedTopic): number
  readonly leases: string
  readonly killedNodes: string
  readonly state: string
  readonly nodesPartition: number
}

/** Where users of a space are found; part of what is stored. */
export function spaceChunkOf(space: string): number {
  return hashRev(space) % SPACE_CHUNKS
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number)

export function createLayout(prefix: string, partitions: number): Layout {
  const tags = numbers(partitions).map((partition) => `${prefix}{rc:${partition}}:`)
  const key = (partition: number, name: string) => (tags[partition] as string) + name
  return {
    all: numbers(partitions),
    partitionOf: (userId) => hashRev(userId) % partitions,
    records: (partition) => key(partition, 'r'),
    near: (partition, chunk) => key(partition, `s${chunk}`),
    spaceChunks: numbers(SPACE_CHUNKS),
    due: (partition) => key(partition, 'd'),
    sums: (partition) => key(partition, 'n'),
    killed: (partition) => key(partition, 'k'),
    wide: (partition, chunk) => key(partition, `w${chunk}`),
    chunkOf: (userId) => Math.floor(hashRev(userId) / partitions) % CHUNKS,
    chunks: numbers(CHUNKS),
    channels: (partition) => key(partition, 'f:'),
    buckets: numbers(BUCKETS),
    bucketOf: (topic) => hashRev(topic) % BUCKETS,
    partitionOfSignals: (topic) => Math.floor(hashRev(topic) / BUCKETS) % partitions,
    leases: key(0, 'leases'),
    killedNodes: key(0, 'killed'),
    state: key(0, 'state'),
    nodesPartition: 0,
  }
}
