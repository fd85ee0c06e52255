import fc from 'fast-check'
import { expect, it } from 'vitest'
import { measureJson } from '../../src/protocol/measure-json.ts'

// `fc.jsonValue` leaves out the characters that JSON escapes or that take more than a byte.
const text = fc.string({ unit: 'binary' }).map((any) => any.replaceAll('\0', '\u0007'))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value')),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
    ),
  ),
})).value

it('counts the bytes that the value takes as UTF-8 JSON', () => {
  fc.assert(
    fc.property(json, (value) => {
      const bytes = new TextEncoder().encode(JSON.stringify(value)).length
      expect(measureJson(value, bytes)).toBe(bytes)
      expect(measureJson(value, bytes - 1)).toMatchObject({ code: 'limit-exceeded' })
    }),
    { numRuns: 2000 },
  )
})
