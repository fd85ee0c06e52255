import type { FeedSignal } from '@rollcall/core'
import type { AnyBulkWriteOperation } from 'mongodb'
import type { Collections, FeedDocument } from './collections.ts'
import { createNames, echoOf } from './feed-text.ts'
import type { EncodedWrite } from './saves.ts'

/** What is put into the feed's own collection for subscribers to find. */
export interface Publications {
  signal(signal: FeedSignal): Promise<void>
  /** Never rejects: what is published here is saved already. */
  changes(accepted: readonly EncodedWrite[]): Promise<void>
  echo(nodeId: string, until: number): Promise<void>
}

export function createPublications({ feed }: Pick<Collections, 'feed'>): Publications {
  const nextName = createNames()

  /** Stamped by the server; only an update can ask for that. */
  const insertion = (document: Omit<FeedDocument, '_id' | 'at'>): AnyBulkWriteOperation<FeedDocument> => ({
    updateOne: {
      filter: { _id: nextName() },
      update: { $setOnInsert: document, $currentDate: { at: true } },
      upsert: true,
    },
  })
  const signal: Publications['signal'] = async ({ topic, signal }) => {
    // Whoever misses one misses little; a majority would only make it late.
    await feed.bulkWrite([insertion({ topic, signal: JSON.stringify(signal) })], { writeConcern: { w: 1 } })
  }

  return {
    signal,
    async changes(accepted) {
      const documents = accepted
        .filter(({ write }) => write.topics.length > 0)
        .map(({ write, feed, record }) => insertion({ userId: write.userId, feed, record }))
      if (documents.length > 0) await feed.bulkWrite(documents).catch(() => {})
    },
    echo: (nodeId, until) => signal(echoOf(nodeId, until)),
  }
}
