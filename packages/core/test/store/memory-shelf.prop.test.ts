import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORD_FORMAT, type UserRecord } from '../../src/machine/index.ts'
import { createShelf } from '../../src/store/memory-shelf.ts'
import { anyIndex, anyRecord } from './records.ts'

const USERS = ['ada', 'bob', 'cy', 'dee']

const saved = fc
  .constantFrom(...USERS)
  .chain((userId) =>
    fc.record({ userId: fc.constant(userId), record: fc.option(anyRecord(userId), { nil: null }), index: anyIndex }),
  )

describe('the shelf of the memory store', () => {
  test('hands back every record as it was given, whatever else was kept, replaced and removed', () => {
    fc.assert(
      fc.property(fc.array(saved, { maxLength: 12 }), (steps) => {
        const shelf = createShelf()
        const kept = new Map<string, { record: UserRecord; index: (typeof steps)[number]['index'] }>()
        for (const { userId, record, index } of steps) {
          const row = shelf.rows.get(userId)
          if (record !== null) {
            shelf.put(row, record, index)
            kept.set(userId, { record, index })
          } else if (row !== undefined) {
            shelf.remove(row)
            kept.delete(userId)
          }
          expect([...shelf.rows.keys()].sort()).toEqual([...kept.keys()].sort())
          for (const [user, { record: expected, index: entries }] of kept) {
            const at = shelf.rows.get(user) as number
            expect(shelf.read(at)).toEqual(expected)
            expect(JSON.stringify(shelf.read(at))).toBe(JSON.stringify(expected))
            expect(shelf.isRevAt(at, expected.rev)).toBe(true)
            expect(shelf.isRevAt(at, `${expected.rev}0`)).toBe(false)
            expect(shelf.userIdAt(at)).toBe(user)
            const { nodes, shown, real } = entries
            expect(shelf.footingAt(at)).toEqual({ nodes, shown, real })
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('keeps a record of another format as it came, with what it does not know', () => {
    const shelf = createShelf()
    const index = {
      wakeAt: null,
      nodes: [],
      shown: { status: 'online', spaces: [] },
      real: { status: 'online', spaces: [] },
    } as const
    const newer = { format: RECORD_FORMAT + 1, userId: 'ada', rev: 'n:7', tabs: [{ id: 't' }] } as unknown as UserRecord
    const row = shelf.put(undefined, newer, index)
    expect(shelf.read(row)).toEqual(newer)
    expect(shelf.isRevAt(row, 'n:7')).toBe(true)
  })
})
