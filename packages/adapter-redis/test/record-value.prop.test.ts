import fc from 'fast-check'
import { expect, it } from 'vitest'
import { anyIndex, anyRecord } from '../../core/test/store/records.ts'
import { packValue, unpackValue } from '../src/record/value.ts'

const FC_SEED = Number(process.env.FC_SEED ?? 1)

it('a stored value reads as the record that was saved, whatever it holds and whatever it is indexed under', () => {
  fc.assert(
    fc.property(anyRecord('ada'), anyIndex, (record, index) => {
      fc.pre(record.rev !== '')
      const plain = JSON.parse(JSON.stringify(record))
      expect(unpackValue(packValue(record, index), 'ada')).toEqual(plain)
    }),
    { seed: FC_SEED, numRuns: 1000 },
  )
})

it('a record of a newer format is kept as it came', () => {
  fc.assert(
    fc.property(anyRecord('ada'), anyIndex, fc.jsonValue(), (record, index, more) => {
      fc.pre(record.rev !== '')
      const newer = JSON.parse(JSON.stringify({ ...record, format: record.format + 1, more }))
      expect(unpackValue(packValue(newer, index), 'ada')).toEqual(newer)
    }),
    { seed: FC_SEED, numRuns: 200 },
  )
})
