import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type IndexEntries, STATUSES, type Standing } from '../../src/machine/index.ts'
import type { Page, PresenceStore, StoreQuery, Write } from '../../src/store/contract.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { hashRev } from '../../src/store/rev-hash.ts'
import { forgetOf, revOf, writeOf } from './writes.ts'

const SPACES = ['a', 'b', 'c']
const NODES = ['n1', 'n2', 'n3']

const standing = fc
  .record({ status: fc.constantFrom(...STATUSES), spaces: fc.subarray(SPACES) })
  .map(({ status, spaces }): Standing => ({ status, spaces: status === 'offline' ? [] : spaces }))

const entries: fc.Arbitrary<IndexEntries> = fc
  .record({
    wakeAt: fc.option(fc.nat(9), { nil: null }),
    nodes: fc.shuffledSubarray(NODES),
    real: standing,
    shown: fc.option(standing, { nil: null }),
  })
  .map(({ shown, ...rest }) => ({ ...rest, shown: shown ?? rest.real }))

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ userId: fc.nat(30), entries: fc.option(entries, { nil: null, freq: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ limit: fc.integer({ min: 1, max: 7 }), now: fc.nat(9) }) },
)

interface Known {
  readonly version: number
  readonly index: IndexEntries
}

async function pagesOf<T>(page: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  let cursor: string | null = null
  do {
    const { items, next }: Page<T> = await page(cursor)
    all.push(...items)
    cursor = next
  } while (cursor !== null)
  return all
}

/** The store's indexes say what the entries of all users say. */
async function expectAgreement(
  store: PresenceStore,
  users: ReadonlyMap<string, Known>,
  {
    limit,
    now,
    spaces = SPACES,
  }: { readonly limit: number; readonly now: number; readonly spaces?: readonly string[] },
) {
  const ordered = [...users].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const space of [undefined, ...spaces]) {
    for (const status of [undefined, ...STATUSES]) {
      for (const as of ['others', 'admin'] as const) {
        const query: StoreQuery = { as, ...(space && { space }), ...(status && { status }) }
        const expected = ordered.filter(([, { index }]) => {
          const { status: its, spaces: inside } = as === 'others' ? index.shown : index.real
          return (status === undefined ? its !== 'offline' : its === status) && (!space || inside.includes(space))
        })
        const listed = await pagesOf((cursor) => store.list(query, cursor, limit))
        expect(listed.map(({ userId }) => userId)).toEqual(expected.map(([userId]) => userId))
        expect(await store.count(query)).toBe(expected.length)
      }
    }
  }
  for (const node of NODES) {
    const expected = ordered.filter(([, { index }]) => index.nodes.includes(node))
    expect(await pagesOf((cursor) => store.usersOf(node, cursor, limit))).toEqual(expected.map(([userId]) => userId))
    const sum = expected.reduce((total, [, { version }]) => (total + hashRev(revOf(version))) % 2 ** 32, 0)
    const { digest } = await store.renewNode(node, 1, 1, { afterMs: 1e12, forMs: 0 })
    expect(digest).toEqual({ count: expected.length, sum })
  }
  const wakeOf = ({ index }: Known) => index.wakeAt ?? Number.POSITIVE_INFINITY
  const due = ordered.filter(([, known]) => wakeOf(known) <= now).sort(([, a], [, b]) => wakeOf(a) - wakeOf(b))
  expect(await pagesOf((cursor) => store.due(now, cursor, limit))).toEqual(due.map(([userId]) => userId))
}

async function apply(
  store: PresenceStore,
  users: Map<string, Known>,
  userIds: readonly string[],
  index: IndexEntries | null,
) {
  const writes: Write[] = []
  for (const userId of userIds) {
    const version = users.get(userId)?.version ?? 0
    if (index !== null) {
      writes.push(writeOf(userId, version + 1, { index }))
      users.set(userId, { version: version + 1, index })
    } else if (users.delete(userId)) {
      writes.push(forgetOf(userId, version))
    }
  }
  const results = await store.save(writes)
  expect(results.filter(({ ok }) => !ok)).toEqual([])
}

describe('the indexes of the memory store', () => {
  it('hold what the entries of all users say, whatever was saved, forgotten and read before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const store = memoryStore()
        const users = new Map<string, Known>()
        for (const each of steps) {
          if ('limit' in each) await expectAgreement(store, users, each)
          else await apply(store, users, [`user ${each.userId}`], each.entries)
        }
        await expectAgreement(store, users, { limit: 5, now: 5 })
      }),
      { numRuns: 60 },
    )
  })

  it('hold it also when thousands come, go and come back between two readings', async () => {
    const store = memoryStore()
    const users = new Map<string, Known>()
    const here: Standing = { status: 'online', spaces: ['a'] }
    const index: IndexEntries = { wakeAt: 3, nodes: ['n1'], real: here, shown: here }
    // Steps that meet every way of keeping the order: made, read beside what came, merged, dropped, made again.
    for (const [begin, end, entriesThen] of [
      [0, 3_000, index],
      [1_000, 1_100, null],
      [500, 1_050, index],
      [0, 2_000, null],
      [1_900, 2_900, { ...index, wakeAt: null, nodes: [] }],
      [0, 4_000, index],
      [10, 3_990, null],
      [10, 20, index],
    ] as const) {
      const userIds = Array.from({ length: end - begin }, (_, i) => `user ${((begin + i) * 7919) % 4_001}`)
      await apply(store, users, userIds, entriesThen)
      await expectAgreement(store, users, { limit: 500, now: 5, spaces: ['a'] })
    }
  })
})
