import type { FeedSignal } from '@rollcall/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCalls } from '../src/calls.ts'
import type { Collections, FeedDocument } from '../src/collections.ts'
import { openPolling } from '../src/polling.ts'

const EVERY = 1000
const OVERLAP = 5000
const START = 1_000_000

/** The feed's collection, whose documents are stamped as a test says. */
function createFeed() {
  const documents: FeedDocument[] = []
  let isAway = false
  let failingReads = 0
  const find = (filter: { at?: { $gte: Date }; _id?: { $in: string[] } }) => ({
    async toArray() {
      if (isAway) throw Object.assign(new Error('away'), { name: 'MongoNetworkError' })
      const { at, _id } = filter
      if (_id !== undefined && failingReads-- > 0) throw Object.assign(new Error('away'), { name: 'MongoNetworkError' })
      return documents.filter(
        (each) => (at === undefined || each.at >= at.$gte) && (_id === undefined || _id.$in.includes(each._id)),
      )
    },
  })
  return {
    collections: { feed: { find } } as unknown as Collections,
    put(id: string, at: number) {
      documents.push({ _id: id, at: new Date(at), topic: 'space:a', signal: JSON.stringify(id) })
    },
    putText(id: string, at: number, feed: string) {
      documents.push({ _id: id, at: new Date(at), userId: 'ada', feed, record: '{}' })
    },
    failReads(times: number) {
      failingReads = times
    },
    away(now: boolean) {
      isAway = now
    },
  }
}

async function open(feed: ReturnType<typeof createFeed>) {
  const heard: unknown[] = []
  let gaps = 0
  let setBackMs = 0
  const openedAt = performance.now()
  const ear = await openPolling(
    {
      collections: feed.collections,
      calls: createCalls(500),
      everyMs: EVERY,
      overlapMs: OVERLAP,
      serverTime: async () => START + performance.now() - openedAt - setBackMs,
    },
    {
      onHeard: (_, signals: readonly FeedSignal[]) => heard.push(...signals.map(({ signal }) => signal)),
      onGap: () => gaps++,
    },
  )
  return { ear, heard, gaps: () => gaps, setBack: (ms: number) => (setBackMs = ms) }
}

const round = () => vi.advanceTimersByTimeAsync(EVERY)

describe('polling', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells what is published from then on, once, in the order of publication', async () => {
    const feed = createFeed()
    feed.put('before', START - 1)
    const { ear, heard } = await open(feed)
    feed.put('b', START + 20)
    feed.put('a', START + 10)
    await round()
    await round()
    feed.put('c', START + 2000)
    await round()
    expect(heard).toEqual(['a', 'b', 'c'])
    await ear.close()
  })

  it('finds what appears later than its stamp', async () => {
    const feed = createFeed()
    const { ear, heard } = await open(feed)
    feed.put('later', START + 4000)
    await round()
    feed.put('slow', START + 100)
    await round()
    expect(heard).toEqual(['later', 'slow'])
    await ear.close()
  })

  it('goes on after a failure, and tells what it missed meanwhile', async () => {
    const feed = createFeed()
    const { ear, heard, gaps } = await open(feed)
    feed.away(true)
    await round()
    feed.put('a', START + 10)
    await round()
    feed.away(false)
    await round()
    expect([heard, gaps()]).toEqual([['a'], 0])
    await ear.close()
  })

  it('finds again what it could not read, however much newer the newest is', async () => {
    const feed = createFeed()
    const { ear, heard } = await open(feed)
    feed.put('old', START + 10)
    feed.put('new', START + 60_000)
    feed.failReads(1)
    await round()
    expect(heard).toEqual([])
    await round()
    expect(heard).toEqual(['old', 'new'])
    await ear.close()
  })

  it('reports a gap when it was cut off for about as long as publications are kept', async () => {
    const feed = createFeed()
    const { ear, gaps } = await open(feed)
    feed.away(true)
    await vi.advanceTimersByTimeAsync(5 * 60_000)
    feed.away(false)
    await round()
    await round()
    expect(gaps()).toBe(1)
    await ear.close()
  })

  it.each(['no JSON', '["an older format"]'])(
    'reports a gap for what it cannot read, and hears what comes with it: %s',
    async (text) => {
      const feed = createFeed()
      const { ear, heard, gaps } = await open(feed)
      feed.put('a', START + 10)
      feed.putText('foreign', START + 20, text)
      feed.put('b', START + 30)
      await round()
      await round()
      expect([heard, gaps()]).toEqual([['a', 'b'], 1])
      await ear.close()
    },
  )

  it('hears on, with a gap, when the clock of the server was set back', async () => {
    const feed = createFeed()
    const { ear, heard, gaps, setBack } = await open(feed)
    feed.put('a', START + 900)
    await round()
    setBack(3_600_000)
    feed.put('b', START - 3_600_000 + 1500)
    await round()
    expect(gaps()).toBe(1)
    feed.put('c', START - 3_600_000 + 2500)
    await round()
    feed.put('d', START - 3_600_000 + 3500)
    await round()
    expect([heard, gaps()]).toEqual([['a', 'c', 'd'], 1])
    await ear.close()
  })

  it('misses nothing, and tells nothing twice, when the clock falls by less than it looks back', async () => {
    const feed = createFeed()
    const { ear, heard, gaps, setBack } = await open(feed)
    feed.put('a', START + 900)
    for (let rounds = 0; rounds < 7; rounds++) await round()
    setBack(4000)
    feed.put('b', START - 4000 + 7500)
    for (let rounds = 0; rounds < 7; rounds++) await round()
    expect([heard, gaps()]).toEqual([['a', 'b'], 0])
    await ear.close()
  })

  it('asks nothing any more once it is closed', async () => {
    const feed = createFeed()
    const { ear, heard } = await open(feed)
    await ear.close()
    feed.put('a', START + 10)
    await round()
    expect(heard).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
