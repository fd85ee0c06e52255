import type { Db, Document } from 'mongodb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIndexes, mongoStore } from '../src/index.ts'

const LISTENER = { onChanges() {}, onSignal() {}, onGap() {} }

/** A server that takes this long for each command; it says which ones it was sent. */
function createServer(tookMs: number) {
  const sent: string[] = []
  const indexes = new Map<string, unknown>()
  const collection = (name: string) => ({
    createIndexes: async (list: unknown) => indexes.set(name, list),
    listIndexes: () => ({ toArray: async () => indexes.get(name) }),
  })
  const command = async (asked: Document) => {
    sent.push(Object.keys(asked)[0] ?? '')
    await new Promise((resolve) => setTimeout(resolve, tookMs))
    return { maxWireVersion: 21, setName: 'rs', cursor: { id: 1, firstBatch: [], nextBatch: [] } }
  }
  const client = { startSession: () => ({ endSession: async () => {} }) }
  return { db: { collection, command, client, databaseName: 'app' } as unknown as Db, sent }
}

describe('a subscription', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is given up after one timeout, whatever it takes, and leaves no stream open', async () => {
    const { db, sent } = createServer(700)
    await createIndexes(db)
    const store = mongoStore(db, { timeout: '1s' })
    const outcome = vi.fn()
    store.subscribe(LISTENER).catch(outcome)
    await vi.advanceTimersByTimeAsync(1000)
    expect(outcome).toHaveBeenCalledWith(expect.objectContaining({ code: 'unavailable' }))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(sent).toContain('killCursors')
    expect(vi.getTimerCount()).toBe(0)
  })
})
