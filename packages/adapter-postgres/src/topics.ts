import { type FeedSignal, type FeedTopic, hashRev, type PublishedTopic } from '@rollcall/core'

/**
 * How topics travel. A notification goes to one of {@link BUCKETS} channels, by the hash of its topics, and names topics
 * by their hashes: a listener hears some that it did not ask for, and compares names where it reads the change back.
 */
const BUCKETS = 16

/** Every topic matches: of a change with more topics than a notification can name. */
const ALL = '*'
/** Characters that the hashes of one change in one bucket may take. */
const MAX_HASHES = 900
/** `NOTIFY` refuses 8,000 bytes. */
const MAX_PAYLOAD = 7900

/** The hash of a topic, as notifications name it. */
export function hashOf(topic: FeedTopic): string {
  return hashRev(topic).toString(36)
}

export function bucketOf(topic: PublishedTopic): number {
  return hashRev(topic) % BUCKETS
}

/** The channels on which a topic is heard. */
export function bucketsOf(topic: FeedTopic): readonly number[] {
  return topic === 'all' ? Array.from({ length: BUCKETS }, (_, bucket) => bucket) : [bucketOf(topic)]
}

/** The hashes of topics by their bucket, as `presence_write.feed` takes them. */
export function feedOf(topics: readonly PublishedTopic[]): Readonly<Record<string, string>> {
  const feed: Record<string, string> = {}
  for (const topic of topics) {
    const bucket = bucketOf(topic)
    const before = feed[bucket]
    feed[bucket] = before === undefined ? hashOf(topic) : `${before},${hashOf(topic)}`
  }
  for (const [bucket, hashes] of Object.entries(feed)) if (hashes.length > MAX_HASHES) feed[bucket] = ALL
  return feed
}

/** A change that a notification names. */
export interface Notice {
  /** Of the row to read back. Rises with every change of a user. */
  readonly id: number
  /** The call that saved it, by a name of the handle that made it, and its place in that call. */
  readonly call: string
  readonly position: number
  readonly hashes: readonly string[]
}

export type Heard =
  | { readonly kind: 'changes'; readonly notices: readonly Notice[] }
  | { readonly kind: 'signal'; readonly signal: FeedSignal }
  /** A signal that is to be read back. */
  | { readonly kind: 'row'; readonly id: number; readonly hash: string }
  | { readonly kind: 'unknown' }

/** The payload of a signal; `null` if it is too large for one. */
export function payloadOf(signal: FeedSignal): string | null {
  const payload = `s${JSON.stringify(signal)}`
  return new TextEncoder().encode(payload).length > MAX_PAYLOAD ? null : payload
}

/** What comes before the id of a signal that was written down. */
export function rowPayloadOf(topic: PublishedTopic): string {
  return `r${hashOf(topic)} `
}

/** What a notification says; `unknown` if nobody of this version sent it. */
export function heardIn(payload: string): Heard {
  const body = payload.slice(1)
  if (payload[0] === 's') {
    const signal = jsonOf(body) as FeedSignal | null
    return typeof signal?.topic === 'string' ? { kind: 'signal', signal } : { kind: 'unknown' }
  }
  if (payload[0] === 'r') {
    const [hash = '', id] = body.split(' ')
    return { kind: 'row', id: Number(id), hash }
  }
  if (payload[0] !== 'c') return { kind: 'unknown' }
  const [call = '', ...entries] = body.split(' ')
  return { kind: 'changes', notices: entries.map((entry) => noticeOf(entry, call)) }
}

function noticeOf(entry: string, call: string): Notice {
  const [place = '', hashes = ''] = entry.split(':')
  const [id, position] = place.split('.')
  return { id: Number(id), call, position: Number(position), hashes: hashes.split(',') }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Whether a topic with this hash may be among those of a notice. */
export function concerns(notice: Notice, wanted: { has(hash: string): boolean }): boolean {
  return notice.hashes.some((hash) => hash === ALL || wanted.has(hash))
}
