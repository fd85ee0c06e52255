import { describe, expect, it } from 'vitest'
import { createFeed } from '../../src/engine/feed.ts'
import { type FeedListener, memoryStore, type PresenceStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { createGate, type Gate } from './gate.ts'

interface Ear {
  readonly listener: FeedListener
  readonly topics: Set<string>
  readonly published: unknown[]
  isClosed: boolean
}

const RENEW_EVERY_MS = 10_000

/** A feed on a store whose ears can be looked at, and whose answers can be held back. */
function setUp() {
  const clock = createVirtualClock()
  const ears: Ear[] = []
  const calls: Record<'subscribe' | 'remove' | 'close', () => Promise<void>> = {
    subscribe: async () => {},
    remove: async () => {},
    close: async () => {},
  }
  const store: PresenceStore = {
    ...memoryStore({ clock }),
    async subscribe(listener) {
      await calls.subscribe()
      const ear: Ear = { listener, topics: new Set(), published: [], isClosed: false }
      ears.push(ear)
      return {
        async add(topics) {
          for (const topic of topics) ear.topics.add(topic)
        },
        async remove(topics) {
          await calls.remove()
          for (const topic of topics) ear.topics.delete(topic)
        },
        async publish(signal) {
          ear.published.push(signal)
        },
        async close() {
          ear.isClosed = true
          await calls.close()
        },
      }
    },
  }
  const heard = { changes: [] as unknown[], signals: [] as unknown[], messages: [] as unknown[], gaps: [] as unknown[] }
  const feed = createFeed(store, clock, RENEW_EVERY_MS, {
    onChanges: (changes) => heard.changes.push(...changes),
    onSpaceSignal: (signal) => heard.signals.push(signal),
    onNodeMessage: (message) => heard.messages.push(message),
    onGap: (topics) => heard.gaps.push(topics),
  })
  const echo = (until: number, ear = ears.at(-1)) =>
    ear?.listener.onSignal({ topic: 'node:n', signal: { type: 'renewed', until } })
  /** The next renewal, with or without its echo. */
  const renew = async (until: number, isHeard: boolean) => {
    await clock.advance(RENEW_EVERY_MS)
    if (isHeard) echo(until)
    await feed.onRenewed(until, clock.monotonic())
  }
  return { clock, ears, calls, feed, heard, echo, renew, ear: () => ears.at(-1) as Ear }
}

describe('topics', () => {
  it('are refused before the feed is open, and so are signals', async () => {
    const { feed } = setUp()
    await expect(feed.add(['space:a'])).rejects.toMatchObject({ code: 'not-running' })
    await expect(feed.publish({ topic: 'space:a', signal: 1 })).rejects.toMatchObject({ code: 'not-running' })
  })

  it('that were removed before the feed is open are not asked for', async () => {
    const { feed, ear } = setUp()
    await feed.add(['space:a', 'space:b']).catch(() => {})
    feed.remove(['space:a'])
    await feed.open()
    expect([...ear().topics]).toEqual(['space:b'])
  })

  it('added again while they are being removed are heard', async () => {
    const { clock, calls, feed, ear } = setUp()
    await feed.open()
    await feed.add(['space:a', 'space:b'])
    const removal = createGate()
    calls.remove = () => removal.passed
    feed.remove(['space:a'])
    let isAdded = false
    const added = feed.add(['space:a']).then(() => {
      isAdded = true
    })
    await clock.settle()
    expect(isAdded).toBe(false)
    removal.open()
    await added
    expect([...ear().topics].sort()).toEqual(['space:a', 'space:b'])
  })

  it('removed, added and removed again are not taken for those of the first removal', async () => {
    const { clock, calls, feed, ear } = setUp()
    await feed.open()
    await feed.add(['space:a'])
    const removals = [createGate(), createGate()]
    let removed = 0
    calls.remove = () => (removals[removed++] as Gate).passed
    feed.remove(['space:a'])
    feed.remove(['space:a'])
    const added = feed.add(['space:a'])
    removals[0]?.open()
    await clock.settle()
    removals[1]?.open()
    await added
    expect([...ear().topics]).toEqual(['space:a'])
  })

  it('whose removal failed can be added again', async () => {
    const { calls, feed, ear } = setUp()
    await feed.open()
    await feed.add(['space:a'])
    calls.remove = () => Promise.reject(new Error('connection reset'))
    feed.remove(['space:a'])
    await feed.add(['space:a'])
    expect([...ear().topics]).toEqual(['space:a'])
  })

  it('none of them is no call', async () => {
    const { calls, feed } = setUp()
    await feed.open()
    let removals = 0
    calls.remove = async () => void removals++
    feed.remove([])
    expect(removals).toBe(0)
  })
})

describe('what is heard', () => {
  it('goes to whom it concerns: signals to spaces, messages to the node, echoes to nobody', async () => {
    const { feed, heard, echo, ear } = setUp()
    await feed.open()
    const { listener } = ear()
    const signal = { topic: 'space:a', signal: { type: 'renewed', until: 1 } } as const
    listener.onSignal(signal)
    listener.onSignal({ topic: 'node:n', signal: { type: 'probe' } })
    listener.onSignal({ topic: 'node:n', signal: null })
    listener.onSignal({ topic: 'node:n', signal: { type: 'renewed', until: 'soon' } })
    echo(5)
    listener.onGap(['space:a'])
    expect(heard).toEqual({
      changes: [],
      signals: [signal],
      messages: [{ type: 'probe' }, null, { type: 'renewed', until: 'soon' }],
      gaps: [['space:a']],
    })
    await feed.publish(signal)
    expect(ear().published).toEqual([signal])
  })

  it('ends with the feed, also with one that was still being opened', async () => {
    const { clock, calls, feed, heard, ears, ear } = setUp()
    await feed.open()
    await feed.close()
    ear().listener.onGap(null)
    ear().listener.onSignal({ topic: 'space:a', signal: 1 })
    ear().listener.onChanges([{ userId: 'ada', epoch: 1, version: 1, record: null, note: null }])
    expect([ear().isClosed, heard]).toEqual([true, { changes: [], signals: [], messages: [], gaps: [] }])
    const opening = createGate()
    calls.subscribe = () => opening.passed
    const opened = feed.open()
    await feed.close()
    opening.open()
    await opened
    await clock.settle()
    expect(ears.map(({ isClosed }) => isClosed)).toEqual([true, true])
  })
})

describe('the echo of a renewal', () => {
  it('proves the feed alive as of when the renewal was sent, whether it comes before the answer or after', async () => {
    const { clock, feed, heard, echo, renew } = setUp()
    await feed.open()
    await renew(1000, true)
    expect(feed.provedAt()).toBe(10_000)
    await renew(2000, false)
    await clock.advance(5)
    echo(1999)
    expect(feed.provedAt()).toBe(10_000)
    echo(2000)
    expect(feed.provedAt()).toBe(20_000)
    await renew(3000, true)
    expect(heard.gaps).toEqual([])
  })

  it('missing once means that something may have been missed', async () => {
    const { feed, heard, ears, echo, renew } = setUp()
    await feed.open()
    await renew(1000, false)
    expect(heard.gaps).toEqual([])
    await renew(2000, false)
    expect(heard.gaps).toEqual([null])
    echo(2000)
    await renew(3000, true)
    expect([heard.gaps.length, ears.length]).toEqual([1, 1])
  })

  it('missing twice opens the feed anew, with all its topics, and what the old one says counts no more', async () => {
    const { feed, heard, ears, echo, renew } = setUp()
    await feed.open()
    await feed.add(['node:n', 'space:a', 'space:b'])
    feed.remove(['space:b'])
    await renew(1000, false)
    await renew(2000, false)
    expect(ears).toHaveLength(1)
    await renew(3000, false)
    expect(ears).toHaveLength(2)
    const [deaf, fresh] = ears as [Ear, Ear]
    expect([deaf.isClosed, [...fresh.topics]]).toEqual([true, ['node:n', 'space:a']])
    expect(heard.gaps).toEqual([null, null])
    echo(3000, deaf)
    expect(feed.provedAt()).toBe(0)
    echo(3000, fresh)
    expect(feed.provedAt()).toBe(30_000)
    await renew(4000, true)
    await renew(5000, true)
    expect(ears).toHaveLength(2)
  })

  it('heard between two misses makes them two first ones', async () => {
    const { feed, ears, heard, echo, renew } = setUp()
    await feed.open()
    for (let until = 1; until <= 6; until++) {
      await renew(until, false)
      if (until % 2 === 0) echo(until)
    }
    expect([heard.gaps.length, ears.length]).toEqual([3, 1])
  })

  it('missing for good opens it anew each second time, also when the deaf one cannot be closed', async () => {
    const { calls, feed, ears, renew } = setUp()
    await feed.open()
    calls.close = () => Promise.reject(new Error('the store is away'))
    for (let until = 1; until <= 7; until++) await renew(until * 1000, false)
    expect(ears).toHaveLength(4)
  })

  it('may take a while: renewals that follow one another at once miss none', async () => {
    const { clock, feed, ears, heard, echo } = setUp()
    await feed.open()
    for (let until = 1; until <= 20; until++) {
      await feed.onRenewed(until, clock.monotonic())
      await clock.advance(10)
      if (until > 10) echo(until - 10)
    }
    expect([heard.gaps, ears.length, feed.provedAt()]).toEqual([[], 1, 90])
  })

  it('that is missing of many renewals sent at once is missing once', async () => {
    const { clock, feed, ears, heard, renew } = setUp()
    await feed.open()
    for (let until = 1; until <= 20; until++) {
      await feed.onRenewed(until, clock.monotonic())
      await clock.advance(10)
    }
    await renew(1000, true)
    await renew(2000, true)
    expect([heard.gaps, ears.length]).toEqual([[null], 1])
  })
})

it('a feed that cannot be opened anew is tried again at the next renewal', async () => {
  const clock = createVirtualClock()
  let subscriptions = 0
  const store = {
    ...memoryStore({ clock }),
    async subscribe(_listener: FeedListener) {
      if (++subscriptions === 2) throw new Error('refused')
      return { async add() {}, async remove() {}, async publish() {}, async close() {} }
    },
  }
  const feed = createFeed(store, clock, 10_000, { onChanges() {}, onSpaceSignal() {}, onNodeMessage() {}, onGap() {} })
  await feed.open()
  // Nothing is heard from the beginning.
  const opened: number[] = []
  for (let i = 1; i <= 6; i++) {
    await feed.onRenewed(i, clock.monotonic()).catch(() => {})
    opened.push(subscriptions)
    await clock.advance(10_000)
  }
  // Found deaf at the third, tried again at the fourth.
  expect(opened.slice(0, 4)).toEqual([1, 1, 2, 3])
})
