import { describe, expect, it } from 'vitest'
import { createSaveQueue } from '../../src/engine/save-queue.ts'
import { createUserEntry, type UserEntry } from '../../src/engine/user-entry.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { createGate } from './gate.ts'

/** A queue before a store that refuses the records of some users. */
function setUp() {
  const clock = createVirtualClock()
  const refused = new Set<string>()
  const store = { isUp: true, mayWork: true, isFenced: false }
  const calls: string[][] = []
  const heldUp: { waiting: string[]; error: unknown; retryInMs: number }[] = []
  const aside: [string, number][] = []
  let recovered = 0
  let gate: Promise<void> | null = null
  const idsOf = (entries: readonly UserEntry[]) => entries.map(({ userId }) => userId)
  const queue = createSaveQueue({
    clock,
    mayWork: () => store.mayWork,
    async work(batch) {
      calls.push(idsOf(batch))
      await gate
      if (!store.isUp || batch.some(({ userId }) => refused.has(userId))) throw new Error('refused')
      if (store.isFenced) return false
      for (const entry of batch) entry.busy = false
      return true
    },
    answers: async () => store.isUp,
    onHeldUp: (waiting, error, retryInMs) => heldUp.push({ waiting: idsOf(waiting), error, retryInMs }),
    onSetAside: ({ userId }, _error, retryInMs) => aside.push([userId, retryInMs]),
    onRecovered: () => recovered++,
  })
  const entries = new Map<string, UserEntry>()
  const entryOf = (userId: string): UserEntry => {
    const entry = entries.get(userId) ?? createUserEntry(userId, entries.size)
    entries.set(userId, entry)
    return entry
  }
  return {
    clock,
    store,
    refused,
    queue,
    calls,
    heldUp,
    aside,
    entryOf,
    recovered: () => recovered,
    add(...userIds: string[]) {
      for (const userId of userIds) queue.add(entryOf(userId))
    },
    /** Calls take until the returned function is called. */
    hold() {
      const held = createGate()
      gate = held.passed
      return async () => {
        gate = null
        held.open()
        await clock.settle()
      }
    },
  }
}

const isDone = async (promise: Promise<void>, settle: () => Promise<void>) => {
  let done = false
  void promise.then(() => {
    done = true
  })
  await settle()
  return done
}

describe('the queue of users to be saved', () => {
  it('sends the first at once; who comes meanwhile goes together, each once', async () => {
    const { add, hold, calls, queue } = setUp()
    const release = hold()
    add('ada', 'bob', 'cyd', 'bob', 'ada')
    expect(queue.size()).toBe(3)
    await release()
    expect(calls).toEqual([['ada'], ['bob', 'cyd']])
    expect(queue.size()).toBe(0)
  })

  it('is drained when nothing is queued or in flight', async () => {
    const { add, hold, queue, clock } = setUp()
    expect(await isDone(queue.drained(), clock.settle)).toBe(true)
    const release = hold()
    add('ada')
    const drained = queue.drained()
    expect(await isDone(drained, clock.settle)).toBe(false)
    await release()
    expect(await isDone(drained, clock.settle)).toBe(true)
  })

  it('lets go of everybody who waits, but not of the call in flight', async () => {
    const { add, hold, queue, calls, entryOf } = setUp()
    const release = hold()
    add('ada', 'bob', 'cyd')
    expect(queue.clear().map(({ userId, busy }) => [userId, busy])).toEqual([
      ['bob', false],
      ['cyd', false],
    ])
    await release()
    expect(calls).toEqual([['ada']])
    expect(entryOf('ada').busy).toBe(false)
  })

  it('does nothing once disposed, and keeps nobody waiting', async () => {
    const { add, clock, queue, refused, calls } = setUp()
    refused.add('ada')
    add('ada')
    await clock.settle()
    const drained = queue.drained()
    expect(await isDone(drained, clock.settle)).toBe(false)
    queue.dispose()
    add('bob')
    await clock.advance(60_000)
    expect(calls).toEqual([['ada']])
    expect(clock.pending).toBe(0)
  })
})

describe('a store that is away', () => {
  it('holds everybody up, and is tried again less and less often, up to every 5 s', async () => {
    const { add, clock, store, heldUp, queue, recovered } = setUp()
    store.isUp = false
    add('ada', 'bob')
    await clock.advance(18_000)
    expect(heldUp.map(({ retryInMs }) => retryInMs)).toEqual([100, 250, 500, 1000, 2000, 5000, 5000, 5000])
    expect(heldUp.every(({ waiting }) => waiting.length === 2)).toBe(true)
    expect([queue.isHeldUp(), recovered()]).toEqual([true, 0])
    store.isUp = true
    await clock.advance(5000)
    expect([queue.isHeldUp(), recovered(), queue.size()]).toEqual([false, 1, 0])
  })

  it('is tried at once when told to, and then from the shortest pause on', async () => {
    const { add, clock, store, heldUp, queue, calls } = setUp()
    store.isUp = false
    add('ada')
    await clock.advance(5000)
    const before = calls.length
    queue.wake()
    await clock.settle()
    expect(calls.length).toBe(before + 1)
    expect(heldUp.at(-1)?.retryInMs).toBe(100)
  })
})

describe('a lease that is over', () => {
  it('lets nothing be tried until it stands again', async () => {
    const { add, clock, store, calls, heldUp, queue } = setUp()
    store.mayWork = false
    add('ada')
    await clock.advance(10_000)
    expect(calls).toEqual([])
    expect(heldUp[0]).toMatchObject({ waiting: ['ada'], error: null })
    store.mayWork = true
    queue.wake()
    await clock.settle()
    expect(calls).toEqual([['ada']])
    expect(queue.isHeldUp()).toBe(false)
  })

  it('keeps what the store refused for that reason, once', async () => {
    const { add, clock, store, calls, heldUp } = setUp()
    store.isFenced = true
    add('ada')
    await clock.settle()
    expect(heldUp).toEqual([{ waiting: ['ada'], error: null, retryInMs: 100 }])
    store.isFenced = false
    await clock.advance(100)
    expect(calls).toEqual([['ada'], ['ada']])
  })
})

describe('a user whose record the store refuses', () => {
  it('is found by halving, set aside, and keeps nobody from being saved', async () => {
    const { add, hold, refused, calls, heldUp, aside, entryOf, queue } = setUp()
    refused.add('dan')
    const release = hold()
    add('first', 'ada', 'bob', 'cyd', 'dan', 'eve', 'fay')
    await release()
    expect(aside).toEqual([['dan', 1000]])
    expect(heldUp).toEqual([])
    expect(calls).toContainEqual(['dan'])
    for (const userId of ['ada', 'bob', 'cyd', 'eve', 'fay']) expect(entryOf(userId).busy).toBe(false)
    expect(entryOf('dan').busy).toBe(true)
    expect(queue.isHeldUp()).toBe(false)
  })

  it('is tried again alone, less and less often, up to every 16 s', async () => {
    const { add, clock, refused, aside, calls } = setUp()
    refused.add('ada')
    add('ada')
    await clock.advance(1000 + 2000 + 4000 + 8000 + 16_000)
    expect(aside.map(([, retryInMs]) => retryInMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000])
    expect(calls.every((batch) => batch.length === 1)).toBe(true)
  })

  it('is not tried sooner for what else happens to them, and nobody shares their call', async () => {
    const { add, clock, hold, refused, calls } = setUp()
    refused.add('ada')
    add('ada')
    await clock.settle()
    add('ada')
    await clock.advance(999)
    expect(calls).toEqual([['ada']])
    const release = hold()
    add('bob', 'cyd')
    await clock.advance(1)
    add('dan')
    await release()
    expect(calls).toEqual([['ada'], ['bob'], ['cyd'], ['ada'], ['dan']])
  })

  it('is forgiven once saved', async () => {
    const { add, clock, refused, aside } = setUp()
    refused.add('ada')
    add('ada')
    await clock.advance(1000)
    refused.clear()
    await clock.advance(2000)
    refused.add('ada')
    add('ada')
    await clock.settle()
    expect(aside.map(([, retryInMs]) => retryInMs)).toEqual([1000, 2000, 1000])
  })

  it('counts as not drained', async () => {
    const { add, clock, refused, queue } = setUp()
    refused.add('ada')
    add('ada')
    await clock.settle()
    const drained = queue.drained()
    expect(await isDone(drained, clock.settle)).toBe(false)
    refused.clear()
    await clock.advance(1000)
    expect(await isDone(drained, clock.settle)).toBe(true)
  })
})

describe('whether it is the store’s fault or a user’s', () => {
  it('three different users who fail alone, one after the other, are an outage', async () => {
    const { add, clock, hold, refused, heldUp, aside, queue } = setUp()
    for (const userId of ['ada', 'bob', 'cyd', 'dan']) refused.add(userId)
    const release = hold()
    add('ada', 'bob', 'cyd', 'dan')
    await release()
    expect(aside.map(([userId]) => userId)).toEqual(['ada', 'bob'])
    expect(heldUp.map(({ waiting }) => waiting)).toEqual([['dan', 'cyd']])
    expect(queue.isHeldUp()).toBe(true)
    refused.clear()
    await clock.advance(100)
    expect([queue.isHeldUp(), queue.size()]).toEqual([false, 0])
  })

  it('not if anybody was saved between them', async () => {
    const { add, clock, hold, refused, heldUp } = setUp()
    for (const userId of ['ada', 'bob', 'cyd']) refused.add(userId)
    for (const userId of ['ada', 'bob', 'cyd']) {
      const release = hold()
      add(userId, `friend of ${userId}`)
      await release()
      await clock.settle()
    }
    expect(heldUp).toEqual([])
  })

  it('one user who fails again and again is no outage, although others wait', async () => {
    const { add, clock, hold, refused, heldUp, aside, calls } = setUp()
    refused.add('ada')
    add('ada')
    await clock.advance(2999)
    const release = hold()
    await clock.advance(1)
    add('bob')
    await release()
    expect(aside).toHaveLength(3)
    expect(heldUp).toEqual([])
    expect(calls.at(-1)).toEqual(['bob'])
  })

  it('a user alone in the queue is set aside, however many failed before: that says nothing of others', async () => {
    const { add, clock, refused, heldUp, aside } = setUp()
    for (const userId of ['ada', 'bob', 'cyd', 'dan']) {
      refused.add(userId)
      add(userId)
      await clock.settle()
    }
    expect(aside.map(([userId]) => userId)).toEqual(['ada', 'bob', 'cyd', 'dan'])
    expect(heldUp).toEqual([])
  })
})
