import { openNaiveUsers } from '../baselines/open-naive-users.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual } from '../measure.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'
import { fill } from '../records.ts'

const SPACE_SIZE = 1000
const GRACE_MS = 1000
const SWEEP_RATE = 100_000
const TIMEOUT_MS = 300_000

/** Users of a node that died: from when it is found dead until the last of them is told offline, beyond their grace. */
export async function measure({ n, side, url, database }: CaseOptions): Promise<Measures> {
  const ms = side === 'ours' ? await msOfOurs({ n, url, database }) : await msOfBaseline({ n, url, database })
  return { [`p6.ghosts.${database}`]: { value: ms / 1000, unit: 's' } }
}

type Options = Pick<CaseOptions, 'n' | 'url' | 'database'>

async function msOfOurs({ n, url, database }: Options): Promise<number> {
  const store = await openEmptyStore(database, url)
  await fill(store, { users: n, spaceSize: SPACE_SIZE, as: 'held' })
  const policy = { grace: GRACE_MS, sweepEvery: '500ms' } as const
  const from = performance.now()
  const { told } = await openRollcallNode(store, { policy, sweepRate: SWEEP_RATE })
  while (told.length < n) {
    if (performance.now() - from > TIMEOUT_MS) throw new Error(`${told.length} of ${n} ghosts are told offline`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const ms = performance.now() - from - GRACE_MS
  expectEqual(told.length, n, 'times somebody was told offline')
  expectEqual(new Set(told.map(({ userId }) => userId)).size, n, 'different users told offline')
  expectEqual(await store.count({ as: 'others' }), 0, 'users still present')
  return ms
}

async function msOfBaseline({ n, url, database }: Options): Promise<number> {
  const users = await openNaiveUsers(database, url)
  await users.fill(n, { spaceSize: SPACE_SIZE, isOnline: true, due: n })
  const from = performance.now()
  expectEqual(await users.sweep(), n, 'ghosts found')
  return performance.now() - from
}
