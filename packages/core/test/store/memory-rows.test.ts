import { describe, expect, test } from 'vitest'
import { createRows, placeOf } from '../../src/store/memory-rows.ts'

describe('rows', () => {
  const many = (rows: ReturnType<typeof createRows>, count: number) => Array.from({ length: count }, () => rows.take())

  test('never hands out a row twice, over many blocks', () => {
    const rows = createRows({ numbers: 1, refs: 1 })
    const taken = many(rows, 5000)
    expect(new Set(taken).size).toBe(5000)
    for (const row of taken) rows.blockOf(row).numbers[placeOf(row)] = row
    for (const row of taken) expect(rows.blockOf(row).numbers[placeOf(row)]).toBe(row)
  })

  test('uses freed rows again before it grows, without what they held', () => {
    const rows = createRows({ numbers: 1, refs: 2 })
    const taken = many(rows, 3000)
    const freed = taken.filter((row) => row % 3 === 0)
    for (const row of freed) {
      rows.blockOf(row).refs[placeOf(row) * 2 + 1] = 'held'
      rows.free(row)
    }
    const again = many(rows, freed.length)
    expect(new Set(again)).toEqual(new Set(freed))
    for (const row of again) expect(rows.blockOf(row).refs[placeOf(row) * 2 + 1]).toBeNull()
  })

  test('gives blocks back once nothing is in them, and begins anew', () => {
    const rows = createRows({ numbers: 1, refs: 1 })
    const taken = many(rows, 5000)
    const blocks = new Set(taken.map((row) => rows.blockOf(row)))
    for (const row of taken) rows.free(row)
    const left = new Set(taken.map((row) => rows.blockOf(row)).filter((block) => block !== null))
    expect(blocks.size).toBe(3)
    expect(left.size).toBe(1)
    expect(new Set(many(rows, 5000)).size).toBe(5000)
  })
})
