import type { FeedSignal } from '@rollcall/core'
import type { Calls } from './calls.ts'
import type { Collections, FeedDocument } from './collections.ts'
import type { FeedEar, FeedHearer } from './feed-hub.ts'
import { decodeChange, decodeSignal, type HeardChange } from './feed-text.ts'
import { FEED_S } from './indexes.ts'

export interface PollingOptions {
  readonly collections: Collections
  readonly calls: Calls
  readonly everyMs: number
  /** What may become visible this much later than its stamp is looked for again: the longest call. */
  readonly overlapMs: number
  /** The clock by which documents are stamped, as it goes. */
  serverTime(): Promise<number>
}

const PAGE = 500

/** What was published at or after this time of the server. */
function publishedSince(at: number): { readonly at: { readonly $gte: Date } } {
  return { at: { $gte: new Date(at) } }
}

/**
 * Asks for what was published since the last time, over and over. Documents are stamped by the server, and may appear
 * a little after their stamp: each round looks that much further back and leaves out what it knows. When the server's
 * clock was set back by more, it goes on from there, and says that there is a gap.
 */
export async function openPolling(options: PollingOptions, hearer: FeedHearer): Promise<FeedEar> {
  const { collections, calls, everyMs, overlapMs } = options
  const { feed } = collections
  /** What was heard within twice the overlap, by which the clock may fall unnoticed, and when it was published. */
  const heard = new Map<string, number>()
  /** The server's clock in the last round, and when it was read. */
  let lastTime = await calls(options.serverTime)
  let lastAt = performance.now()
  let closed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  /** What is new, in the order of its publication. */
  const look = async (): Promise<readonly string[]> => {
    const since = publishedSince(lastTime - overlapMs)
    const found = await calls(() => feed.find(since, { projection: { at: 1 } }).toArray())
    const fresh = found.filter(({ _id }) => !heard.has(_id))
    for (const { _id, at } of fresh) heard.set(_id, at.getTime())
    return fresh.sort(byPublication).map(({ _id }) => _id)
  }
  /** Only once all is told: what was found and could not be read is to be found again. */
  const moveOn = (time: number, at: number) => {
    lastTime = time
    lastAt = at
    for (const [id, publishedAt] of heard) if (publishedAt < time - 2 * overlapMs) heard.delete(id)
  }
  const read = async (ids: readonly string[]): Promise<readonly FeedDocument[]> => {
    const found = await calls(() => feed.find({ _id: { $in: [...ids] } }).toArray())
    return found.sort(byPublication)
  }
  const tell = (documents: readonly FeedDocument[]) => {
    const changes: HeardChange[] = []
    const signals: FeedSignal[] = []
    let isLost = false
    for (const { topic, signal, userId, feed: text, record } of documents) {
      if (userId !== undefined && text !== undefined) {
        const change = decodeChange(userId, text, record)
        if (change === null) isLost = true
        else changes.push(change)
      }
      if (signal !== undefined) {
        const read = decodeSignal(topic, signal)
        if (read === null) isLost = true
        else signals.push(read)
      }
    }
    if (closed) return
    hearer.onHeard(changes, signals)
    if (isLost) hearer.onGap()
  }
  const round = async () => {
    try {
      const askedAt = performance.now()
      const time = await calls(options.serverTime)
      const answeredAt = performance.now()
      const fresh = await look()
      // Whoever was cut off for as long as publications are kept has missed some.
      const isLate = answeredAt - lastAt > FEED_S * 1000 - 2 * overlapMs - 60_000
      const isSetBack = time < lastTime + (askedAt - lastAt) - overlapMs
      for (let i = 0; i < fresh.length; i += PAGE) {
        const page = fresh.slice(i, i + PAGE)
        const documents = await read(page).catch((error: unknown) => {
          // Looked for again in the next round.
          for (const id of fresh.slice(i)) heard.delete(id)
          throw error
        })
        tell(documents)
      }
      moveOn(time, answeredAt)
      // What lies in the new past may be old; whoever is told of the gap reads what is not.
      if (isSetBack) await look().catch(() => {})
      if ((isLate || isSetBack) && !closed) hearer.onGap()
    } catch {
      // Tried again in the next round; the missing echo of its own renewals tells a node that it hears nothing.
    }
    if (!closed) timer = setTimeout(round, everyMs)
  }

  // What was published before is nobody's business here.
  await look()
  timer = setTimeout(round, everyMs)
  return {
    async close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

function byPublication(a: Pick<FeedDocument, '_id' | 'at'>, b: Pick<FeedDocument, '_id' | 'at'>): number {
  return a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1)
}
