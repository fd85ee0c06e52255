import { expect, it } from 'vitest'
import { history, sec } from '../machine/history.ts'

it('an expired claim does not make anybody seem to have come online only now', () => {
  const known = history()
    .at(0)
    .open('tab')
    .at(10)
    .claim('invisible', { until: sec(20) }).record
  if (known === null) throw new Error('a record')
  const told = history()
    .at(0)
    .open('tab')
    .at(60)
    .send({ type: 'restore', at: sec(60), record: known })
  expect(told.others.statusSince).toBeLessThanOrEqual(sec(20))
})
