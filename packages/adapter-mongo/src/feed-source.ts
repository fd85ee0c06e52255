import type { Db } from 'mongodb'
import type { Calls } from './calls.ts'
import { openChangeStream } from './change-stream.ts'
import { type Collections, collectionNames } from './collections.ts'
import type { FeedSource } from './feed-hub.ts'
import type { StoreSettings } from './options.ts'
import { openPolling } from './polling.ts'
import type { Publications } from './publications.ts'

export interface FeedSourceOptions {
  readonly db: Db
  readonly collections: Collections
  readonly calls: Calls
  readonly settings: StoreSettings
  readonly publications: Publications
  serverTime(): Promise<number>
}

/** A change stream, or polls, as the application chose. */
export function createFeedSource(options: FeedSourceOptions): FeedSource {
  const { db, collections, calls, settings, publications, serverTime } = options
  const { prefix, pollEveryMs, timeoutMs } = settings
  return {
    open: (hearer) =>
      pollEveryMs === null
        ? openChangeStream({ db, watched: collectionNames(prefix), calls, timeoutMs }, hearer)
        : openPolling({ collections, calls, everyMs: pollEveryMs, overlapMs: timeoutMs, serverTime }, hearer),
    publish: (signal) => calls(() => publications.signal(signal)),
  }
}
