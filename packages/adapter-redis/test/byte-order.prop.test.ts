import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareBytes } from '../src/byte-order.ts'

it('texts are ordered as their UTF-8 bytes are', () => {
  const text = fc.string({ unit: 'binary', maxLength: 5 })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { seed: Number(process.env.FC_SEED ?? 1), numRuns: 500 },
  )
})
