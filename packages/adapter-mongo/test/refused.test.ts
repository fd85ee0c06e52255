import { describe, expect, it } from 'vitest'
import { refusedOf } from '../src/refused.ts'

/** The error of the driver of a bulk write of which operations failed with these codes. */
function failing(codes: readonly number[], writeConcernError?: object): () => Promise<never> {
  const error = {
    name: 'MongoBulkWriteError',
    writeErrors: codes.map((code, index) => ({ index: 2 * index, code })),
    result: { getWriteConcernError: () => writeConcernError },
  }
  return () => Promise.reject(error)
}

describe('a bulk write', () => {
  it('says which of its operations were refused', async () => {
    expect(await refusedOf(async () => {}, [11000])).toEqual(new Set())
    expect(await refusedOf(failing([11000, 66]), [66, 11000])).toEqual(new Set([0, 2]))
  })

  it('rejects if one failed for another reason, or no majority has the rest', async () => {
    await expect(refusedOf(failing([11000, 121]), [11000])).rejects.toHaveProperty('name')
    await expect(refusedOf(failing([11000], { code: 64 }), [11000])).rejects.toHaveProperty('name')
    await expect(refusedOf(failing([]), [11000])).rejects.toHaveProperty('name')
    await expect(refusedOf(() => Promise.reject(new TypeError('other')), [11000])).rejects.toThrow('other')
  })
})
