import type { ClientSession, Db, Document } from 'mongodb'
import { type Calls, createCalls, presenceErrorOf } from './calls.ts'
import { PLAIN_VALUES } from './collections.ts'
import type { FeedEar, FeedHearer } from './feed-hub.ts'
import type { HeardChange } from './feed-text.ts'
import { readEvent, streamPipeline, type Watched } from './stream-events.ts'

/** How long the server may wait for something to tell, in ms, before it answers that there was nothing. */
const AWAIT_MS = 5_000
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const
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
  /** A connection may be dead without a word. */
  const awaited = createCalls(AWAIT_MS + options.timeoutMs)
  let token: unknown = null
  let closed = false
  let cursor: ServerCursor | null = null
  let wake: () => void = () => {}

  const open = async (): Promise<{ readonly opened: ServerCursor; readonly first: Document }> => {
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
      return { opened: { id: reply.cursor.id, session }, first: reply.cursor }
    } catch (error) {
      await session.endSession()
      throw error
    }
  }
  /** Whether the stream goes on. */
  const hear = (events: readonly Document[], next: unknown): boolean => {
    const changes: HeardChange[] = []
    const signals = []
    let isLost = false
    for (const document of events) {
      const event = readEvent(document, watched)
      if (event.type === 'change') changes.push(event.change)
      else if (event.type === 'signal') signals.push(event.signal)
      else if (event.type === 'lost') isLost = true
    }
    const isOver = events.at(-1)?.operationType === 'invalidate'
    token = isOver ? null : (next ?? events.at(-1)?._id ?? token)
    if (!closed && (changes.length > 0 || signals.length > 0)) hearer.onHeard(changes, signals)
    if (!closed && isLost) hearer.onGap()
    return !isOver
  }
  const follow = async ({ id, session }: ServerCursor, onAnswer: () => void): Promise<void> => {
    while (!closed) {
      const reply = await awaited(() =>
        db.command(
          { getMore: id, collection: '$cmd.aggregate', maxTimeMS: AWAIT_MS },
          { ...PLAIN_VALUES, session, readPreference: 'primary' },
        ),
      )
      onAnswer()
      const goesOn = hear(reply.cursor.nextBatch, reply.cursor.postBatchResumeToken)
      if (!goesOn || String(reply.cursor.id) === '0') return
    }
  }
  const release = async ({ id, session }: ServerCursor) => {
    await db.command({ killCursors: '$cmd.aggregate', cursors: [id] }, { session }).catch(() => {})
    await session.endSession().catch(() => {})
  }
  /** `null`: closed meanwhile. */
  const openInTime = async (within: Calls): Promise<ServerCursor | null> => {
    let abandoned = false
    const opening = open()
    opening.then(
      (late) => (abandoned ? release(late.opened) : undefined),
      () => {},
    )
    try {
      const { opened, first } = await within(() => opening)
      if (!closed) {
        hear(first.firstBatch, first.postBatchResumeToken)
        return opened
      }
      await release(opened)
      return null
    } catch (error) {
      abandoned = true
      throw error
    }
  }
  const pause = (tries: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  /** It answers, and refuses: the place to go on from is gone from its history, or what follows there cannot be sent. */
  const giveUpPlace = (error: unknown) => {
    if (presenceErrorOf(error).code === 'store-error') token = null
  }
  const reopen = async (): Promise<void> => {
    for (let tries = 0; !closed; tries++) {
      const beginsAnew = token === null
      try {
        // A busy server may need longer than a call may take; nobody waits for it here.
        cursor = await openInTime(tries === 0 ? calls : awaited)
        if (beginsAnew && !closed) hearer.onGap()
        return
      } catch (error) {
        giveUpPlace(error)
        await pause(tries)
      }
    }
  }
  const run = async () => {
    /** Streams in a row that failed before they answered. */
    let failures = 0
    while (cursor !== null) {
      const current = cursor
      try {
        await follow(current, () => {
          failures = 0
        })
      } catch (error) {
        failures++
        if (failures > 1) giveUpPlace(error)
      }
      if (closed) return
      cursor = null
      void release(current)
      if (failures > 1) await pause(failures - 2)
      await reopen()
    }
  }

  cursor = await openInTime(calls)
  void run()
  return {
    async close() {
      closed = true
      wake()
      const last = cursor
      if (last !== null) await calls(() => release(last)).catch(() => {})
    },
  }
}
