import { describe, expect, it } from 'vitest'
import { emptyRecord, isNewer, seal } from '../../src/machine/index.ts'

const fresh = emptyRecord('ada')
const stamp = { rev: 'n1:1', now: 1000, lastEpoch: 0 }

describe('a sealed record', () => {
  it('has a revision nobody else writes, and the first version', () => {
    expect(seal(null, fresh, stamp)).toEqual({ ...fresh, rev: 'n1:1', epoch: 1000, version: 1 })
  })

  it('has a version one above the one it replaces, in the same epoch', () => {
    const first = seal(null, fresh, stamp)
    const second = seal(first, { ...first, status: 'online' }, { ...stamp, rev: 'n2:5', now: 9000 })
    expect(second).toMatchObject({ rev: 'n2:5', epoch: 1000, version: 2, status: 'online' })
  })

  it('created anew has a higher epoch than any before, also when the clock stands', () => {
    expect(seal(null, fresh, { ...stamp, lastEpoch: 1000 })).toMatchObject({ epoch: 1001, version: 1 })
    expect(seal(null, fresh, { ...stamp, lastEpoch: 5000 }).epoch).toBe(5001)
    expect(seal(null, fresh, { ...stamp, lastEpoch: 5 }).epoch).toBe(1000)
  })

  it('leaves what it is made from alone', () => {
    seal(null, fresh, stamp)
    expect(fresh).toEqual(emptyRecord('ada'))
  })
})

describe('of two states', () => {
  it.each([
    [{ epoch: 2, version: 1 }, { epoch: 1, version: 9 }, true],
    [{ epoch: 1, version: 2 }, { epoch: 1, version: 1 }, true],
    [{ epoch: 1, version: 1 }, { epoch: 1, version: 1 }, false],
    [{ epoch: 1, version: 9 }, { epoch: 2, version: 1 }, false],
    [{ epoch: 1, version: 1 }, { epoch: 1, version: 2 }, false],
  ])('the one of the later epoch is newer, then the one of the higher version: %j, %j', (a, b, newer) => {
    expect(isNewer(a, b)).toBe(newer)
  })
})
