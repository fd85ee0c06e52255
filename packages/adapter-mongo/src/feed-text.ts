import type { FeedChange, FeedSignal, FeedTopic, UserRecord, Write } from '@rollcall/core'

/** A change on its way to subscribers. The record is read only where somebody wants it. */
export interface HeardChange {
  readonly topics: readonly FeedTopic[]
  read(): FeedChange
}

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
  return JSON.stringify([name, record === null, change.epoch, change.version, topics, change.note])
}

/** @param record The record as JSON. `null`: it is missing, and was not forgotten. */
export function decodeChange(userId: string, feed: string, record: string | null | undefined): HeardChange | null {
  const [, isForgotten, epoch, version, topics, note] = JSON.parse(feed) as FeedText
  if (typeof record !== 'string' && !isForgotten) return null
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

type FeedText = [name: string, isForgotten: boolean, epoch: number, version: number, topics: FeedTopic[], note: unknown]

export function echoOf(nodeId: string, until: number): FeedSignal {
  return { topic: `node:${nodeId}`, signal: { type: 'renewed', until } }
}

export function encodeEcho(name: string, until: number): string {
  return JSON.stringify([name, until])
}

export function decodeEcho(nodeId: string, echo: string): FeedSignal {
  const [, until] = JSON.parse(echo) as [string, number]
  return echoOf(nodeId, until)
}
