import type { FeedSignal } from '@rollcall/core'
import type { Db, Document } from 'mongodb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCalls } from '../src/calls.ts'
import { openChangeStream } from '../src/change-stream.ts'
import { encodeEcho, encodeFeed } from '../src/feed-text.ts'
import { writeOf } from './writes.ts'

const WATCHED = { users: 'users', nodes: 'nodes', feed: 'feed' }

/** A server whose change streams do what they are told. */
function createServer() {
  const opened: Document[] = []
  const killed: unknown[] = []
  /** What the next openings do; afterwards they succeed. */
  const openings: (() => Document)[] = []
  let answer: (reply: () => Document) => void = () => {}
  const batch = (documents: readonly Document[], id = 1) => ({
    cursor: { id, firstBatch: documents, nextBatch: documents, postBatchResumeToken: `after ${documents.at(-1)?._id}` },
  })
  const command = (asked: Document): Promise<Document> => {
    if (asked.aggregate === 1) {
      opened.push(asked.pipeline[0].$changeStream)
      return new Promise((resolve) => resolve((openings.shift() ?? (() => batch([])))()))
    }
    if (asked.killCursors !== undefined) {
      killed.push(...asked.cursors)
      return Promise.resolve({})
    }
    return new Promise((resolve, reject) => {
      answer = (reply) => {
        try {
          resolve(reply())
        } catch (error) {
          reject(error)
        }
      }
    })
  }
  const settle = () => vi.advanceTimersByTimeAsync(0)
  return {
    db: { command, client: { startSession: () => ({ endSession: async () => {} }) } } as unknown as Db,
    opened,
    killed,
    openings,
    async tell(...documents: readonly Document[]) {
      answer(() => batch(documents))
      await settle()
    },
    async end() {
      answer(() => batch([], 0))
      await settle()
    },
    async fail(error: Error) {
      answer(() => {
        throw error
      })
      await settle()
    },
  }
}

async function open(server: ReturnType<typeof createServer>) {
  const versions: number[] = []
  const signals: FeedSignal[] = []
  let gaps = 0
  const ear = await openChangeStream(
    { db: server.db, watched: WATCHED, calls: createCalls(1000), timeoutMs: 1000 },
    {
      onHeard(changes, heard) {
        versions.push(...changes.map((change) => change.read().version))
        signals.push(...heard)
      },
      onGap: () => gaps++,
    },
  )
  return { ear, versions, signals, gaps: () => gaps }
}

function saved(version: number, kind: 'insert' | 'update' | 'replace' = 'update'): Document {
  const write = writeOf('ada', { version })
  const fields = { feed: encodeFeed(`name ${version}`, write), record: JSON.stringify(write.record) }
  const ns = { coll: 'users' }
  const state = kind === 'update' ? { updateDescription: { updatedFields: fields } } : { fullDocument: fields }
  return { _id: `token ${version}`, operationType: kind, ns, documentKey: { _id: 'ada' }, ...state }
}

function coded(code: number): Error {
  return Object.assign(new Error(`code ${code}`), { code, name: 'MongoServerError' })
}

describe('a change stream', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('takes the state from the event, whether it inserts, updates or replaces', async () => {
    const server = createServer()
    const { ear, versions } = await open(server)
    await server.tell(saved(1, 'insert'), saved(2), saved(3, 'replace'))
    expect(versions).toEqual([1, 2, 3])
    await ear.close()
  })

  it('hears renewals and signals, and takes no interest in what else is written', async () => {
    const server = createServer()
    const { ear, signals, versions, gaps } = await open(server)
    const event = (coll: string, id: unknown, fields: Document) => ({
      _id: 'token',
      operationType: 'update',
      ns: { coll },
      documentKey: { _id: id },
      updateDescription: { updatedFields: fields },
    })
    await server.tell(
      event('nodes', 'n1', { until: 5, echo: encodeEcho('name', 4) }),
      event('nodes', 0, { renewedAt: 5 }),
      event('nodes', 'n1', { killed: true }),
      event('users', 'ada', { note: 'by hand' }),
      event('feed', 'x', { topic: 'space:a', signal: '{"typing":true}' }),
    )
    expect(signals).toEqual([
      { topic: 'node:n1', signal: { type: 'renewed', until: 4 } },
      { topic: 'space:a', signal: { typing: true } },
    ])
    expect([versions, gaps()]).toEqual([[], 0])
    await ear.close()
  })

  it('goes on behind the last event when the connection or its cursor is lost', async () => {
    const server = createServer()
    const { ear, gaps } = await open(server)
    await server.tell(saved(1))
    await server.fail(new Error('connection lost'))
    expect(server.opened).toEqual([{}, { resumeAfter: 'after token 1' }])
    await server.end()
    expect(server.opened).toHaveLength(3)
    expect(gaps()).toBe(0)
    expect(server.killed).toEqual([1, 1])
    await ear.close()
  })

  it('tries again, later and later, while the server is away', async () => {
    const server = createServer()
    const { ear, gaps, versions } = await open(server)
    server.openings.push(
      ...Array.from({ length: 3 }, () => () => {
        throw coded(10107)
      }),
    )
    await server.fail(new Error('connection lost'))
    expect(server.opened).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(99)
    expect(server.opened).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1 + 250 + 500)
    expect(server.opened).toHaveLength(5)
    await server.tell(saved(1))
    expect([versions, gaps()]).toEqual([[1], 0])
    await ear.close()
  })

  it('is opened again by a server that takes longer for it than a call may take', async () => {
    const server = createServer()
    const { ear, versions, gaps } = await open(server)
    await server.tell(saved(1))
    const slow = () => {
      const reply = { cursor: { id: 2, firstBatch: [], postBatchResumeToken: 'later' } }
      return new Promise((resolve) => setTimeout(resolve, 1500, reply)) as unknown as Document
    }
    server.openings.push(slow, slow)
    await server.fail(new Error('connection lost'))
    await vi.advanceTimersByTimeAsync(1000 + 100 + 1500)
    await server.tell(saved(2))
    expect([versions, gaps(), server.opened.length]).toEqual([[1, 2], 0, 3])
    await ear.close()
  })

  it('begins anew, and reports a gap, when the history is lost', async () => {
    const server = createServer()
    const { ear, gaps } = await open(server)
    await server.tell(saved(1))
    server.openings.push(() => {
      throw coded(286)
    })
    await server.fail(coded(286))
    await vi.advanceTimersByTimeAsync(100)
    expect(server.opened.at(-1)).toEqual({})
    expect(gaps()).toBe(1)
    await ear.close()
  })

  it.each(['drop', 'rename', 'dropDatabase'])('reports a gap upon %s', async (operationType) => {
    const server = createServer()
    const { ear, gaps } = await open(server)
    await server.tell({ _id: 'token', operationType, ns: { coll: 'users' } })
    expect(gaps()).toBe(1)
    await ear.close()
  })

  it.each(['no JSON', '{}', '["an older format"]', JSON.stringify([99, 'name', false, 1, 2, ['user:ada'], null])])(
    'reports a gap for what it cannot read, and hears what comes with it: %s',
    async (feed) => {
      const server = createServer()
      const { ear, versions, gaps } = await open(server)
      const foreign = { ...saved(2), updateDescription: { updatedFields: { feed, record: '{}' } } }
      await server.tell(saved(1), foreign, saved(3))
      expect([versions, gaps()]).toEqual([[1, 3], 1])
      expect(server.opened).toHaveLength(1)
      await ear.close()
    },
  )

  it('is in no hurry, and leaves a place from where it cannot go on, when it fails at once time and again', async () => {
    const server = createServer()
    const { ear, versions, gaps } = await open(server)
    await server.tell(saved(1))
    await server.fail(coded(10334))
    await server.fail(coded(10334))
    expect(server.opened).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(100)
    expect(server.opened.slice(1)).toEqual([{ resumeAfter: 'after token 1' }, {}])
    expect(gaps()).toBe(1)
    await server.fail(new Error('lost'))
    await vi.advanceTimersByTimeAsync(249)
    expect(server.opened).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(1)
    await server.tell(saved(2))
    expect(versions).toEqual([1, 2])
    await ear.close()
  })

  it('keeps its place while the network fails, however often', async () => {
    const server = createServer()
    const { ear, gaps } = await open(server)
    await server.tell(saved(1))
    for (let i = 0; i < 5; i++) {
      await server.fail(Object.assign(new Error('reset'), { name: 'MongoNetworkError' }))
      await vi.advanceTimersByTimeAsync(5000)
    }
    expect(server.opened.slice(1)).not.toContainEqual({})
    expect(gaps()).toBe(0)
    await ear.close()
  })

  it('begins anew after it was invalidated', async () => {
    const server = createServer()
    const { ear, gaps } = await open(server)
    await server.tell({ _id: 'token', operationType: 'invalidate' })
    expect(server.opened).toEqual([{}, {}])
    expect(gaps()).toBeGreaterThan(0)
    await ear.close()
  })

  it('gives a connection up that says nothing for too long', async () => {
    const server = createServer()
    const { ear } = await open(server)
    await vi.advanceTimersByTimeAsync(5_999)
    expect(server.opened).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(server.opened).toHaveLength(2)
    await ear.close()
  })

  it('rejects when it cannot be opened', async () => {
    const server = createServer()
    server.openings.push(() => {
      throw coded(13)
    })
    await expect(open(server)).rejects.toMatchObject({ code: 'store-unfit' })
  })

  it('leaves nothing open when it is closed, whatever it was doing', async () => {
    const server = createServer()
    const { ear, versions } = await open(server)
    await ear.close()
    await server.tell(saved(1))
    expect(versions).toEqual([])
    expect(server.killed).toContain(1)
    const other = createServer()
    const { ear: waiting } = await open(other)
    other.openings.push(() => {
      throw coded(10107)
    })
    await other.fail(new Error('connection lost'))
    await waiting.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(other.opened).toHaveLength(2)
    const third = createServer()
    const { ear: opening } = await open(third)
    let answer = (_: Document) => {}
    third.openings.push(() => new Promise<Document>((resolve) => (answer = resolve)) as unknown as Document)
    await third.fail(new Error('connection lost'))
    await opening.close()
    answer({ cursor: { id: 7, firstBatch: [saved(1)] } })
    await vi.advanceTimersByTimeAsync(0)
    expect(third.killed).toEqual([1, 7])
    expect(vi.getTimerCount()).toBe(0)
  })
})
