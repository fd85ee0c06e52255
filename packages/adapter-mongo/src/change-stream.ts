import type { ClientSession, Db, Document } from 'mongodb'
import type { Calls } from './calls.ts'
import { PLAIN_VALUES } from './collections.ts'
import type { FeedEar, FeedHearer } from './feed-hub.ts'
import type { HeardChange } from './feed-text.ts'
import { readEvent, streamPipeline, type Watched } from './stream-events.ts'

/** How long the server may wait for something to tell, in ms, before it answers that there was nothing. */
const AWAIT_MS = 5_000
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const
/** The place in the history to go on from is gone, or was never any. */
const NOT_RESUMABLE = new Set([260, 280, 286, 40649, 50811])

export interface ChangeStreamOptions {
  readonly db: Db
  readonly watched: Watched
  readonly calls: Calls
  readonly timeoutMs: number
}

/** A change stream on the server, in the session it was opened in. */
interface ServerCursor {
  readonly id: unknown
  readonly session: ClientSession
}

/**
 * Follows the store's collections. When the connection or the server fails it goes on where it was, as soon as it can;
 * when that place is lost it goes on from now, and says that there is a gap.
 *
 * It is opened by commands of its own, not by the driver's `watch`: only so is it known when the server has opened it,
 * from which moment on no save is missed.
 */
export async function openChangeStream(options: ChangeStreamOptions, hearer: FeedHearer): Promise<FeedEar> {
  const { db, watched, calls } = options
  let token: unknown = null
  let closed = false
  let cursor: ServerCursor | null = null
  let wake: () => void = () => {}

  const open = async (): Promise<ServerCursor> => {
    const session = db.client.startSession({ causalConsistency: false })
    try {
      const reply = await db.command(
        {
          aggregate: 1,
          pipeline: [{ $changeStream: token === null ? {} : { resumeAfter: token } }, ...streamPipeline(watched)],
          cursor: {},
          readConcern: { level: 'majority' },
        },
        // The id of a cursor is a 64-bit number, and must go back as one.
        { ...PLAIN_VALUES, promoteLongs: false, session, readPreference: 'primary' },
      )
      hear(reply.cursor.firstBatch, reply.cursor.postBatchResumeToken)
      return { id: reply.cursor.id, session }
    } catch (error) {
      await session.endSession()
      throw error
    }
  }
  const hear = (events: readonly Document[], next: unknown) => {
    const changes: HeardChange[] = []
    const signals = []
    let isLost = false
    for (const document of events) {
      const event = readEvent(document, watched)
      if (event.type === 'change') changes.push(event.change)
      else if (event.type === 'signal') signals.push(event.signal)
      else if (event.type === 'lost') isLost = true
      // A stream does not go on after this event.
      token = document.operationType === 'invalidate' ? null : document._id
    }
    if (token !== null || events.length === 0) token = next ?? token
    if (closed) return
    if (changes.length > 0 || signals.length > 0) hearer.onHeard(changes, signals)
    if (isLost) hearer.onGap()
  }
  const follow = async ({ id, session }: ServerCursor): Promise<void> => {
    while (!closed) {
      const reply = await answered(
        db.command(
          { getMore: id, collection: '$cmd.aggregate', maxTimeMS: AWAIT_MS },
          { ...PLAIN_VALUES, session, readPreference: 'primary' },
        ),
        AWAIT_MS + options.timeoutMs,
      )
      hear(reply.cursor.nextBatch, reply.cursor.postBatchResumeToken)
      if (String(reply.cursor.id) === '0') return
    }
  }
  const release = async ({ id, session }: ServerCursor) => {
    await db.command({ killCursors: '$cmd.aggregate', cursors: [id] }, { session }).catch(() => {})
    await session.endSession().catch(() => {})
  }
  const opened = async (): Promise<ServerCursor> => {
    let abandoned = false
    const opening = open()
    opening.then(
      (late) => (abandoned ? release(late) : undefined),
      () => {},
    )
    return calls(() => opening).catch((error: unknown) => {
      abandoned = true
      throw error
    })
  }
  const reopen = async (): Promise<void> => {
    const hadToken = token !== null
    for (let tries = 0; !closed; tries++) {
      try {
        cursor = await opened()
        if (!hadToken || token === null) hearer.onGap()
        return
      } catch (error) {
        if (isHistoryLost(error)) token = null
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  }
  const run = async () => {
    while (!closed) {
      const current = cursor as ServerCursor
      await follow(current).catch(() => {})
      if (closed) return
      void release(current)
      await reopen()
    }
  }

  cursor = await opened()
  void run()
  return {
    async close() {
      closed = true
      wake()
      if (cursor !== null) await answered(release(cursor), options.timeoutMs).catch(() => {})
    },
  }
}

function isHistoryLost(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown }
  return NOT_RESUMABLE.has(code as number) || (cause !== undefined && isHistoryLost(cause))
}

/** A connection may be dead without a word. */
function answered<T>(call: Promise<T>, withinMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs)
    call.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
