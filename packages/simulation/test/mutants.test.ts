import { afterAll, beforeAll, expect, test } from 'vitest'
import { THROWS_NOTHING } from '../src/invariants/throws-nothing.ts'
import { copyMutant, copySource, type SourceCopy } from '../src/mutants/apply.ts'
import { createSeedRunner } from '../src/mutants/first-broken.ts'
import { MUTANTS } from '../src/mutants/mutants.ts'

let source: SourceCopy
beforeAll(async () => {
  source = await copySource()
})
afterAll(() => source.remove())

test('a copy of the source runs as the source does', async () => {
  const runner = createSeedRunner(source, 1)
  expect(await runner.firstBroken('run', 1, 1)).toBeNull()
  await runner.close()
})

// Otherwise a rule could be reworded, and nobody would notice that its mutant takes nothing out any more.
test.each(MUTANTS)('without "$rule" ($what) it still runs', { timeout: 60_000 }, async (mutant) => {
  const copy = await copyMutant(source, mutant)
  const runner = createSeedRunner(copy, 1)
  try {
    const broken = await runner.firstBroken(mutant.seen ?? 'run', 1, 1)
    // A seed may show the rule at once. What cannot be parsed or imported runs nothing at all.
    expect(broken?.invariant).not.toBe(THROWS_NOTHING)
  } finally {
    await runner.close()
    await copy.remove()
  }
})
