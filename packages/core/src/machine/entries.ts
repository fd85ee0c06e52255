import { wakeAt } from './deadlines.ts'
import type { Policy } from './policy.ts'
import type { UserRecord } from './record.ts'
import { spacesOf } from './spaces.ts'
import { isPresent, type Status } from './status.ts'
import { shownOf } from './view.ts'

/** Where a user stands for one kind of viewer. */
export interface Standing {
  readonly status: Status
  /** Empty for who reads `offline`. */
  readonly spaces: readonly string[]
}

/** What a store indexes a record under; it knows nothing else of a record's meaning. */
export interface IndexEntries {
  /** When the record next changes by itself and whoever runs then; `null`: never. */
  readonly wakeAt: number | null
  /** Nodes whose leases keep a connection of the record alive. */
  readonly nodes: readonly string[]
  /** As others see it. */
  readonly shown: Standing
  /** As admins see it. */
  readonly real: Standing
}

const NOWHERE: readonly string[] = []

/** The index entries of a record. */
export function entriesOf(record: UserRecord, policy: Policy): IndexEntries {
  const shownStatus = shownOf(record).status
  const spaces = isPresent(record.status) ? namesOf(record) : NOWHERE
  const real: Standing = { status: record.status, spaces }
  // Where the two differ, others see `offline`.
  const shown: Standing = shownStatus === record.status ? real : { status: shownStatus, spaces: NOWHERE }
  return { wakeAt: wakeAt(record, policy, null), nodes: nodesOf(record), shown, real }
}

function namesOf(record: UserRecord): readonly string[] {
  const spaces = spacesOf(record)
  return spaces.length === 0 ? NOWHERE : spaces.map(({ space }) => space)
}

function nodesOf(record: UserRecord): readonly string[] {
  let nodes = NOWHERE
  for (const { nodeId, lost } of record.connections) {
    if (nodeId === null || lost !== null || nodes.includes(nodeId)) continue
    // Lists of their length, for they are kept as long as the record; nearly always there is one node.
    nodes = nodes.length === 0 ? [nodeId] : nodes.concat(nodeId)
  }
  return nodes
}

/** Where a change is published: a user, a space, or a node that holds connections. */
export type PublishedTopic = `user:${string}` | `space:${string}` | `node:${string}`

/** What can be listened to: one of these, or every change that is published anywhere. */
export type FeedTopic = PublishedTopic | 'all'

/**
 * The topics a change is published to: everything that either state names, so that watchers of what was left hear of
 * it, and holders of connections learn what others did to them. The node `without` knows already.
 */
export function topicsOf(
  before: UserRecord | null,
  after: UserRecord | null,
  without: string | null = null,
): readonly PublishedTopic[] {
  const userId = (after ?? before)?.userId ?? ''
  const topics: PublishedTopic[] = [`user:${userId}`]
  if (before !== null) addTopicsOf(before, without, topics)
  if (after !== null) addTopicsOf(after, without, topics)
  return topics
}

function addTopicsOf(record: UserRecord, without: string | null, topics: PublishedTopic[]): void {
  for (const { space } of spacesOf(record)) addTopic(topics, `space:${space}`)
  for (const { nodeId } of record.connections) {
    if (nodeId !== null && nodeId !== without) addTopic(topics, `node:${nodeId}`)
  }
}

function addTopic(topics: PublishedTopic[], topic: PublishedTopic): void {
  if (!topics.includes(topic)) topics.push(topic)
}
