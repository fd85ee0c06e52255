import { openNaiveUsers } from '../baselines/open-naive-users.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual } from '../measure.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'
import { fill } from '../records.ts'

const SPACE_SIZE = 1000

/** A sweep that finds nobody, as most do, beside the scan that does not either. */
export async function measure({ n, side, url, database }: CaseOptions): Promise<Measures> {
  const name = `p6.scan.${database}`
  if (side === 'ours') {
    const store = await openEmptyStore(database, url)
    const { presence } = await openRollcallNode(store, { policy: { sweepEvery: '1h' } })
    await fill(store, { users: n, spaceSize: SPACE_SIZE, as: 'left' })
    return { [name]: { value: await timeOf(async () => (await presence.sweep()).due), unit: 'ms' } }
  }
  const users = await openNaiveUsers(database, url)
  await users.fill(n, { spaceSize: SPACE_SIZE, isOnline: true })
  return { [name]: { value: await timeOf(users.sweep), unit: 'ms' } }
}

/** The best of some. */
async function timeOf(sweep: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 10; i++) {
    const from = performance.now()
    expectEqual(await sweep(), 0, 'users due')
    best = Math.min(best, performance.now() - from)
  }
  return best
}
