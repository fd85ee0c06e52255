import { expect, test } from 'vitest'
import { tellApart } from '../src/twin.ts'

test('an invisible user cannot be told from one who left', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 40; seed++) expect(await tellApart(seed)).toBeNull()
})
