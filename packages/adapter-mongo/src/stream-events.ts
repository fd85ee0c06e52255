import type { FeedSignal } from '@rollcall/core'
import type { Document } from 'mongodb'
import { decodeChange, decodeEcho, decodeSignal, type HeardChange } from './feed-text.ts'

/** Collections of the store by their names. */
export interface Watched {
  readonly users: string
  readonly nodes: string
  readonly feed: string
}

/** What an event of the change stream says. */
export type StreamEvent =
  | { readonly type: 'change'; readonly change: HeardChange }
  | { readonly type: 'signal'; readonly signal: FeedSignal }
  /** What was stored is lost, because somebody dropped or renamed a collection of the store; or what an event says cannot be read. */
  | { readonly type: 'lost' }
  | { readonly type: 'nothing' }

const LOSSES = ['drop', 'rename', 'dropDatabase', 'invalidate']
const NOTHING: StreamEvent = { type: 'nothing' }

/** Only the store's collections, and no removals: those are garbage collection. */
export function streamPipeline({ users, nodes, feed }: Watched): Document[] {
  return [
    {
      $match: {
        operationType: { $in: ['insert', 'update', 'replace', ...LOSSES] },
        // An event about the whole database names no collection.
        'ns.coll': { $in: [users, nodes, feed, null] },
      },
    },
  ]
}

/**
 * Saves set the same fields each time to values that always differ, so that an event holds the state it is about: an
 * insertion all fields of the document, an update those that changed.
 */
export function readEvent(event: Document, { users, nodes, feed }: Watched): StreamEvent {
  if (LOSSES.includes(event.operationType)) return { type: 'lost' }
  const id: unknown = event.documentKey?._id
  const fields: Document = event.fullDocument ?? event.updateDescription?.updatedFields ?? {}
  if (typeof id !== 'string') return NOTHING
  switch (event.ns?.coll) {
    case users:
      return typeof fields.feed === 'string' ? changeOf(decodeChange(id, fields.feed, fields.record)) : NOTHING
    case nodes:
      return typeof fields.echo === 'string' ? signalOf(decodeEcho(id, fields.echo)) : NOTHING
    case feed:
      return typeof fields.signal === 'string' ? signalOf(decodeSignal(fields.topic, fields.signal)) : NOTHING
    default:
      return NOTHING
  }
}

function changeOf(change: HeardChange | null): StreamEvent {
  return change === null ? { type: 'lost' } : { type: 'change', change }
}

function signalOf(signal: FeedSignal | null): StreamEvent {
  return signal === null ? { type: 'lost' } : { type: 'signal', signal }
}
