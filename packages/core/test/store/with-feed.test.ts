import { describe, expect, it, vi } from 'vitest'
import type { FeedListener, FeedSignal, FeedSubscription, PresenceStore, StoreQuery } from '../../src/store/contract.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { createMemoryFeed } from '../../src/store/memory-feed.ts'
import { type ChangeFeed, withFeed } from '../../src/store/with-feed.ts'
import { recorder, writeOf } from './writes.ts'

function memoryBus() {
  const bus = createMemoryFeed()
  const feed = {
    publish: vi.fn(async (publications: Parameters<ChangeFeed['publish']>[0]) => {
      for (const { change, topics } of publications) bus.publish(change, topics)
      bus.send()
    }),
    signal: vi.fn(async (signal: FeedSignal) => bus.signal(signal)),
    subscribe: async (listener: FeedListener) => bus.subscribe(listener),
    close: vi.fn(async () => {}),
  }
  return feed satisfies ChangeFeed
}

const ADA = { topics: ['user:ada'] } as const
const TERMS = { afterMs: 1000, forMs: 1000 }

describe('a store with the feed of another', () => {
  it('says that saving and publishing are two steps', () => {
    const { capabilities } = withFeed(memoryStore(), memoryBus())
    expect(capabilities).toMatchObject({ name: 'memory', atomicPublication: false, feed: { kind: 'push' } })
  })

  it('publishes what was saved, by the feed alone', async () => {
    const [records, feed, own] = [memoryStore(), memoryBus(), recorder()]
    const ofRecords = recorder()
    await (await records.subscribe(ofRecords)).add(['user:ada'])
    const store = withFeed(records, feed)
    await (await store.subscribe(own)).add(['user:ada'])
    const write = writeOf('ada', 1, ADA)
    await store.save([write])
    await vi.waitFor(() => expect(own.batches).toEqual([[write.change]]))
    expect(ofRecords.batches).toEqual([])
  })

  it('publishes nothing of a write in conflict', async () => {
    const feed = memoryBus()
    const store = withFeed(memoryStore(), feed)
    expect(await store.save([writeOf('ada', 2, ADA)])).toMatchObject([{ ok: false }])
    expect(feed.publish).not.toHaveBeenCalled()
  })

  it('saves although the feed is away, and tells its own subscribers of a gap', async () => {
    const [feed, onGap] = [memoryBus(), vi.fn()]
    const store = withFeed(memoryStore(), feed)
    await store.subscribe({ ...recorder(), onGap })
    feed.publish.mockRejectedValue(new Error('away'))
    expect(await store.save([writeOf('ada', 1, ADA)])).toEqual([{ ok: true }])
    expect(onGap).toHaveBeenCalledExactlyOnceWith(null)
  })

  it('tells one gap when the feed goes away and one when it is back, however much failed meanwhile', async () => {
    const [feed, onGap] = [memoryBus(), vi.fn()]
    const store = withFeed(memoryStore(), feed)
    await store.subscribe({ ...recorder(), onGap })
    feed.publish.mockRejectedValue(new Error('away'))
    for (const version of [1, 2, 3]) await store.save([writeOf('ada', version, ADA)])
    await vi.waitFor(() => expect(feed.publish).toHaveBeenCalledTimes(3))
    expect(onGap).toHaveBeenCalledTimes(1)
    feed.publish.mockResolvedValue()
    for (const version of [4, 5]) await store.save([writeOf('ada', version, ADA)])
    await vi.waitFor(() => expect(onGap).toHaveBeenCalledTimes(2))
  })

  describe('publishes what a save without an answer stored', () => {
    /** A store whose next save is executed and then rejects. */
    const losing = () => {
      const records = memoryStore()
      const save = vi.spyOn(records, 'save')
      const loseAnswer = () =>
        save.mockImplementationOnce(async (writes) => {
          await records.save(writes)
          throw new Error('no answer')
        })
      return { records, loseAnswer }
    }
    const setUp = async () => {
      const { records, loseAnswer } = losing()
      const [feed, onGap] = [memoryBus(), vi.fn()]
      const store = withFeed(records, feed)
      await store.subscribe({ ...recorder(), onGap })
      const write = writeOf('ada', 1, ADA)
      loseAnswer()
      await expect(store.save([write])).rejects.toThrow('no answer')
      expect(feed.publish).not.toHaveBeenCalled()
      const published = () => feed.publish.mock.calls.flat(2).map(({ change }) => change)
      return { store, write, published, onGap }
    }

    it('once the same write meets it, and tells a gap before', async () => {
      const { store, write, published, onGap } = await setUp()
      expect(onGap).toHaveBeenCalledExactlyOnceWith(null)
      expect(await store.save([write])).toMatchObject([{ ok: false, reason: 'conflict' }])
      expect(published()).toEqual([write.change])
    })

    it('once another write of the user meets it', async () => {
      const { store, write, published } = await setUp()
      expect(await store.save([writeOf('ada', 3, ADA)])).toMatchObject([{ ok: false, reason: 'conflict' }])
      expect(published()).toEqual([write.change])
    })

    it('once it is read, and only once', async () => {
      const { store, write, published } = await setUp()
      for (let i = 0; i < 2; i++) await store.load(['bob', 'ada'])
      expect(published()).toEqual([write.change])
    })

    it('but not when a later one was published since', async () => {
      const { store, published } = await setUp()
      const later = writeOf('ada', 2, ADA)
      await store.save([later])
      await store.load(['ada'])
      expect(published()).toEqual([later.change])
    })
  })

  it('takes a store and a feed that are written as classes', async () => {
    class Records {
      readonly #store = memoryStore()
      get capabilities() {
        return this.#store.capabilities
      }
      now() {
        return this.#store.now()
      }
      count(query: StoreQuery) {
        return this.#store.count(query)
      }
      close() {
        return this.#store.close()
      }
    }
    class Subscription {
      readonly #added: string[] = []
      async add(topics: readonly string[]) {
        this.#added.push(...topics)
      }
    }
    const subscribe = async () => new Subscription() as unknown as FeedSubscription
    const store = withFeed(new Records() as unknown as PresenceStore, { ...memoryBus(), subscribe })
    expect(await store.now()).toBeGreaterThan(0)
    expect(await store.count({ as: 'admin' })).toBe(0)
    await (await store.subscribe(recorder())).add(['user:ada'])
    await store.close()
  })

  it('waits for a feed that is away only once, until it publishes again', async () => {
    const feed = memoryBus()
    const store = withFeed(memoryStore(), feed)
    feed.publish.mockRejectedValueOnce(new Error('away'))
    await store.save([writeOf('ada', 1, ADA)])
    const calls: (() => void)[] = []
    feed.publish.mockImplementation(() => new Promise((resolve) => calls.push(resolve)))
    await store.save([writeOf('ada', 2, ADA)])
    for (const answer of calls) answer()
    await Promise.resolve()
    let isSaved = false
    const saving = store.save([writeOf('ada', 3, ADA)]).then(() => {
      isSaved = true
    })
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    expect(isSaved).toBe(false)
    calls[1]?.()
    await saving
  })

  it('sends the echo of a renewal through the feed', async () => {
    const own = recorder()
    const store = withFeed(memoryStore(), memoryBus())
    await (await store.subscribe(own)).add(['node:n'])
    await store.renewNode('n', 5, 1, TERMS)
    const echo = { topic: 'node:n', signal: { type: 'renewed', until: 5 } }
    await vi.waitFor(() => expect(own.signals).toEqual([echo]))
  })

  it('does not echo a renewal that was refused', async () => {
    const feed = memoryBus()
    const store = withFeed(memoryStore(), feed)
    await store.renewNode('n', 5, 1, TERMS)
    await store.removeNode('n')
    expect((await store.renewNode('n', 6, 2, TERMS)).stands).toBe(false)
    expect(feed.signal).toHaveBeenCalledTimes(1)
  })

  it('renews although the feed is away', async () => {
    const feed = memoryBus()
    feed.signal.mockRejectedValue(new Error('away'))
    expect((await withFeed(memoryStore(), feed).renewNode('n', 5, 1, TERMS)).stands).toBe(true)
  })

  it('closes both', async () => {
    const feed = memoryBus()
    await withFeed(memoryStore(), feed).close()
    expect(feed.close).toHaveBeenCalledTimes(1)
  })
})
