import type { CaseOptions } from '../contests.ts'
import { type Measures, median } from '../figures.ts'
import { expectEqual } from '../measure.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'
import { fill } from '../records.ts'

const SPACE_SIZE = 1000
const ROUNDS = 9
/** The baseline of the sweep of many users is that of few. */
const FEW = 10_000

/** A sweep of many users of whom some are due, beside a sweep of few users of whom as many are. */
export async function measure({ n, side, quick, url, database }: CaseOptions): Promise<Measures> {
  const due = quick ? 100 : 1000
  const users = side === 'ours' ? n : Math.min(n, FEW)
  const store = await openEmptyStore(database, url)
  await fill(store, { users, spaceSize: SPACE_SIZE, as: 'left' })
  const { presence, told } = await openRollcallNode(store, { policy: { sweepEvery: '1h' } })
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    await fill(store, {
      users: due,
      spaceSize: SPACE_SIZE,
      as: 'lost',
      policy: { grace: 1 },
      from: users + round * due,
    })
    // A pass that runs by itself, and began before they were due, is joined and finds nobody.
    for (let swept = 0, tries = 0; swept === 0 && tries < 10; tries++) {
      const from = performance.now()
      swept = (await presence.sweep()).due
      if (swept > 0) times.push(performance.now() - from)
    }
  }
  expectEqual(told.length, (ROUNDS + 1) * due, 'users told offline')
  await presence.stop()
  // The first one compiles.
  return { 'p6.due': { value: median(times.slice(1)), unit: 'ms' } }
}
