import { expect, test } from 'vitest'
import { generate } from '../src/generate/generate.ts'
import { readable } from '../src/script.ts'
import { simulate } from '../src/simulate.ts'

const SEEDS = 200
const PARTS = 4

/** Parts, so that a failure says which seeds it is among, and none takes long. */
for (let part = 0; part < PARTS; part++) {
  const from = 1 + (part * SEEDS) / PARTS
  const to = from + SEEDS / PARTS - 1
  test(`seeds ${from} to ${to} break nothing`, { timeout: 60_000 }, async () => {
    for (let seed = from; seed <= to; seed++) {
      const script = generate(seed)
      const { failure } = await simulate(script)
      expect(failure, `pnpm simulate --seed ${seed}\n${readable(script)}`).toBeNull()
    }
  })
}
