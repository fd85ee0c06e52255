import type { FeedChange, FeedSignal, PublishedTopic, UserRecord, Write } from '@rollcall/core'

/** A change on its way to subscribers. The record is read only where somebody wants it. */
export interface HeardChange {
  readonly topics: readonly PublishedTopic[]
  read(): FeedChange
}

/** Of the texts in which changes travel. Another number is a text that this version cannot read. */
const FORMAT = 1

/** Names for what is published: different in all processes, and in one process in the order of their making. */
export function createNames(): () => string {
  const handle = crypto.randomUUID()
  let made = 0
  return () => `${handle}:${String(++made).padStart(12, '0')}`
}

/**
 * What a save tells its subscribers, besides the record. `name` makes it another text with each save: MongoDB leaves
 * what does not change out of the events of a change stream.
 */
export function encodeFeed(name: string, { topics, change, record }: Write): string {
  return JSON.stringify([FORMAT, name, record === null, change.epoch, change.version, topics, change.note])
}

/**
 * `null`: not in a form this version can read, or without the record that goes with it.
 *
 * @param record The record as JSON.
 */
export function decodeChange(userId: string, feed: string, record: string | null | undefined): HeardChange | null {
  const text = parsed(feed)
  if (!Array.isArray(text) || text[0] !== FORMAT) return null
  const [, , isForgotten, epoch, version, topics, note] = text as FeedText
  if (!Array.isArray(topics) || (typeof record !== 'string' && !isForgotten)) return null
  return {
    topics,
    read: () => ({
      userId,
      epoch,
      version,
      record: isForgotten ? null : (JSON.parse(record as string) as UserRecord),
      note,
    }),
  }
}

type FeedText = [
  format: number,
  name: string,
  isForgotten: boolean,
  epoch: number,
  version: number,
  topics: PublishedTopic[],
  note: unknown,
]

/** JSON, or `undefined` if it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function echoOf(nodeId: string, until: number): FeedSignal {
  return { topic: `node:${nodeId}`, signal: { type: 'renewed', until } }
}

export function encodeEcho(name: string, until: number): string {
  return JSON.stringify([name, until])
}

/** `null`: not in a form this version can read. */
export function decodeEcho(nodeId: string, echo: string): FeedSignal | null {
  const text = parsed(echo)
  return Array.isArray(text) ? echoOf(nodeId, text[1]) : null
}

/** `null`: not in a form this version can read. */
export function decodeSignal(topic: unknown, signal: string): FeedSignal | null {
  const read = parsed(signal)
  return typeof topic === 'string' && read !== undefined ? { topic: topic as PublishedTopic, signal: read } : null
}
