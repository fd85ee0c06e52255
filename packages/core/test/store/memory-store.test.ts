import { describe, expect, it } from 'vitest'
import type { UserRecord } from '../../src/machine/index.ts'
import type { PresenceStore } from '../../src/store/contract.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { hashRev } from '../../src/store/rev-hash.ts'
import { createVirtualClock } from '../../src/time/virtual-clock.ts'
import { forgetOf, recorder, writeOf } from './writes.ts'

const HOLD_OFF = { afterMs: 1e12, forMs: 0 }

// What every store must do is in @rollcall/contract, which the memory store passes; here is what only this one promises.
describe('the clock of the memory store', () => {
  it('is the clock it was given', async () => {
    const clock = createVirtualClock(1_000)
    const store = memoryStore({ clock })
    await clock.advance(5)
    expect(await store.now()).toBe(1_005)
  })

  it('goes on from the highest time it gave after the clock stepped back, at the pace of the clock', async () => {
    const clock = createVirtualClock(1_000_000)
    const store = memoryStore({ clock })
    const before = await store.now()
    clock.jump(-3_600_000)
    expect(await store.now()).toBe(before)
    await clock.advance(250)
    expect(await store.now()).toBe(before + 250)
  })

  it('follows the clock forward', async () => {
    const clock = createVirtualClock(1_000)
    const store = memoryStore({ clock })
    await store.now()
    clock.jump(60_000)
    expect(await store.now()).toBe(61_000)
  })
})

describe('the feed of the memory store', () => {
  it('delivers after the call has returned and before whoever awaits it goes on', async () => {
    const store = memoryStore()
    const heard = recorder()
    await (await store.subscribe(heard)).add(['user:ada'])
    const saved = store.save([writeOf('ada', 1, { topics: ['user:ada'] })])
    expect(heard.batches).toHaveLength(0)
    await saved
    expect(heard.batches).toHaveLength(1)
  })

  it('delivers the changes of one call to each subscriber in one batch', async () => {
    const store = memoryStore()
    const heard = recorder()
    await (await store.subscribe(heard)).add(['space:a', 'space:b'])
    const writes = ['x', 'y', 'z'].map((userId) => writeOf(userId, 1, { topics: ['space:a', 'space:b'] }))
    await store.save(writes)
    expect(heard.batches).toEqual([writes.map(({ change }) => change)])
  })

  it('hands out the change that it was given', async () => {
    const store = memoryStore()
    const heard = recorder()
    await (await store.subscribe(heard)).add(['user:ada'])
    const write = writeOf('ada', 1, { topics: ['user:ada'] })
    await store.save([write])
    expect(heard.batches[0]?.[0]).toBe(write.change)
  })

  it('delivers what a listener saves in a later batch, never inside the one it is in', async () => {
    const store = memoryStore()
    const order: string[] = []
    const subscription = await store.subscribe({
      onChanges(changes) {
        const userId = changes[0]?.userId as string
        order.push(`begin ${userId}`)
        if (userId === 'ada') void store.save([writeOf('bob', 1, { topics: ['user:bob'] })])
        order.push(`end ${userId}`)
      },
      onSignal() {},
      onGap() {},
    })
    await subscription.add(['user:ada', 'user:bob'])
    await store.save([writeOf('ada', 1, { topics: ['user:ada'] })])
    await createVirtualClock().settle()
    expect(order).toEqual(['begin ada', 'end ada', 'begin bob', 'end bob'])
  })

  it('delivers nothing more to a subscription that another listener closes meanwhile', async () => {
    const store = memoryStore()
    const late = recorder()
    const early = await store.subscribe({ ...recorder(), onChanges: () => void closing.close() })
    const closing = await store.subscribe(late)
    await early.add(['user:ada'])
    await closing.add(['user:ada'])
    await store.save([writeOf('ada', 1, { topics: ['user:ada'] })])
    expect(late.batches).toHaveLength(0)
  })
})

describe('a memory store shared by engines', () => {
  it('stays open for the others when one of them closes it', async () => {
    const store = memoryStore()
    const heard = recorder()
    await (await store.subscribe(heard)).add(['user:ada'])
    await store.close()
    await store.save([writeOf('ada', 1, { topics: ['user:ada'] })])
    expect(heard.batches).toHaveLength(1)
    expect((await store.load(['ada']))[0]?.rev).toBe('w:1')
  })
})

describe('what the memory store remembers', () => {
  const DAY = 24 * 60 * 60 * 1000

  it('forgets a removed node a day after its lease', async () => {
    const store = memoryStore()
    await store.renewNode('n1', 1_000, 0, HOLD_OFF)
    await store.removeNode('n1')
    expect((await store.renewNode('n1', DAY, DAY + 999, HOLD_OFF)).stands).toBe(false)
    await store.renewNode('n2', 2 * DAY, DAY + 1_000, HOLD_OFF)
    expect((await store.renewNode('n1', 2 * DAY, DAY + 1_000, HOLD_OFF)).stands).toBe(true)
  })

  it('takes a node for new again a day after its lease, not before', async () => {
    const store = memoryStore()
    const isNewAt = async (now: number) => (await store.renewNode('n1', now + 1_000, now, HOLD_OFF)).isNew
    expect(await isNewAt(0)).toBe(true)
    expect(await isNewAt(DAY + 999)).toBe(false)
    expect(await isNewAt(DAY + 999 + 1_000 + DAY)).toBe(true)
  })

  it('knows the lease of a node for ever as long as a record names it', async () => {
    const store = memoryStore()
    await store.save([writeOf('ada', 1, { index: { nodes: ['n1'] } })])
    expect((await store.renewNode('n1', 1_000, 0, HOLD_OFF)).isNew).toBe(true)
    expect((await store.renewNode('n1', 1e12, 30 * DAY, HOLD_OFF)).isNew).toBe(false)
  })

  it('takes a removed node that it forgot for new', async () => {
    const store = memoryStore()
    await store.renewNode('n1', 1_000, 0, HOLD_OFF)
    await store.removeNode('n1')
    expect((await store.renewNode('n1', 2_000, 999, HOLD_OFF)).isNew).toBe(false)
    expect((await store.renewNode('n1', 1e12, DAY + 1_000, HOLD_OFF)).isNew).toBe(true)
  })

  it('keeps a dead node as long as a record names it', async () => {
    const store = memoryStore()
    await store.save([writeOf('ada', 1, { index: { nodes: ['n1'] } })])
    await store.deadNodes(0, null, 10)
    await store.renewNode('n2', 1e12, 30 * DAY, HOLD_OFF)
    expect((await store.renewNode('n1', 1e12, 30 * DAY, HOLD_OFF)).stands).toBe(false)
    expect((await store.deadNodes(30 * DAY, null, 10)).items).toEqual(['n1'])
  })

  it('holds nothing of a user who was forgotten', async () => {
    const store = memoryStore()
    const standing = { status: 'online', spaces: ['a', 'b'] } as const
    await store.save([writeOf('ada', 1, { index: { wakeAt: 5, nodes: ['n1'], real: standing, shown: standing } })])
    await store.list({ space: 'a', as: 'others' }, null, 10)
    await store.save([forgetOf('ada')])
    expect((await store.due(9, null, 10)).items).toEqual([])
    expect((await store.list({ space: 'a', as: 'others' }, null, 10)).items).toEqual([])
    expect((await store.usersOf('n1', null, 10)).items).toEqual([])
    expect((await store.deadNodes(9, null, 10)).items).toEqual([])
  })
})

describe('the digest of the memory store', () => {
  const digestOf = async (store: PresenceStore, nodeId: string) =>
    (await store.renewNode(nodeId, 1_000, 0, HOLD_OFF)).digest

  it('sums what stands after any number of writes, modulo 2^32 and unsigned', async () => {
    const store = memoryStore()
    const index = { nodes: ['n1', 'n2'] }
    for (let version = 1; version <= 200; version++) {
      await store.save([writeOf('ada', version, { index })])
      const digest = { count: 1, sum: hashRev(`w:${version}`) }
      expect([await digestOf(store, 'n1'), await digestOf(store, 'n2')]).toEqual([digest, digest])
    }
    await store.save([forgetOf('ada', 200)])
    expect(await digestOf(store, 'n1')).toEqual({ count: 0, sum: 0 })
  })

  it('is as before once a write was taken back behind the back of its writer', async () => {
    const store = memoryStore()
    const index = { nodes: ['n1'] }
    await store.save([writeOf('ada', 1, { index })])
    const before = await digestOf(store, 'n1')
    await store.save([writeOf('ada', 2, { index })])
    expect(await digestOf(store, 'n1')).not.toEqual(before)
    await store.save([{ ...writeOf('ada', 1, { index }), expected: 'w:2' }])
    expect(await digestOf(store, 'n1')).toEqual(before)
  })

  it('counts a user whose record is of a foreign format by the revision too', async () => {
    const store = memoryStore()
    const write = writeOf('ada', 1, { index: { nodes: ['n1'] } })
    await store.save([{ ...write, record: { ...(write.record as UserRecord), format: 99 as never } }])
    expect(await digestOf(store, 'n1')).toEqual({ count: 1, sum: hashRev('w:1') })
  })
})

describe('the hash of a revision', () => {
  it('is the same for ever: nodes of different versions compare sums of it', () => {
    expect(['a', 'ada', 'user-1', 'ü', '😀'].map(hashRev)).toEqual([
      444641715, 1983102478, 2005895916, 134528209, 1787143206,
    ])
  })

  it('is an unsigned integer of 32 bits', () => {
    for (let i = 0; i < 1_000; i++) {
      const hash = hashRev(`node:${i}`)
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true)
    }
  })

  it('gives different sums for different sets of revisions that are alike', () => {
    const sums = new Set<number>()
    const hashes = Array.from({ length: 60 }, (_, i) => hashRev(`node:${i}`))
    for (let a = 0; a < hashes.length; a++) {
      for (let b = a + 1; b < hashes.length; b++) sums.add(((hashes[a] as number) + (hashes[b] as number)) % 2 ** 32)
    }
    expect(sums.size).toBe((60 * 59) / 2)
  })
})
