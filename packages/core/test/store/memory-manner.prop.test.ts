import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRevOf, joinRev, revisionOf, writerOf } from '../../src/store/memory-manner.ts'

const writer = fc.oneof(fc.constantFrom('', 'n', 'n:1', ':', '0'), fc.string())
const rev = fc.oneof(
  fc.tuple(writer, fc.nat()).map(([name, counter]) => `${name}:${counter}`),
  fc.constantFrom(
    'n:01',
    'n:0',
    'n:-1',
    'n:1e3',
    'n:',
    ':',
    '',
    '1',
    'n:999999999999999',
    'n:1000000000000000',
    'n: 1',
  ),
  fc.string(),
)

describe('a rev, kept as writer and counter', () => {
  it('is joined into what it was', () => {
    fc.assert(
      fc.property(rev, writer, (text, likely) => {
        const revision = revisionOf(text)
        expect(joinRev(writerOf(text, revision, likely), revision)).toBe(text)
      }),
    )
  })

  it('is told from every other one', () => {
    fc.assert(
      fc.property(rev, rev, (text, other) => {
        const revision = revisionOf(text)
        const name = writerOf(text, revision, '')
        expect(isRevOf(text, name, revision)).toBe(true)
        expect(isRevOf(other, name, revision)).toBe(other === text)
      }),
    )
  })

  it('has a counter only if it is written as numbers are', () => {
    expect(['n:0', 'n:1', 'a:b:7', ':5', 'n:999999999999999'].map(revisionOf)).toEqual([0, 1, 7, 5, 999999999999999])
    expect(['n:01', 'n:', 'n', '5', 'n:1e3', 'n:-1', 'n:1000000000000000'].map(revisionOf)).toEqual(Array(7).fill(-1))
  })
})
