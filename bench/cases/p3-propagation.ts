import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual, seededRandom } from '../measure.ts'
import { spaceOf, userIds } from '../nodes/bench-node.ts'
import { forkNode } from '../nodes/fork-node.ts'
import { openRedisNode } from '../nodes/open-node.ts'
import { machineMs, type PlannedChange } from '../nodes/worker.ts'
import { createRedisCounters } from '../redis-counters.ts'

const BUSY_PER_S = 500
const IDLE_PER_S = 20
const TIMEOUT_MS = 20_000

/** Users connect and leave at one node; another one watches all of their organisations. From the call to the watcher. */
export async function measure({ n, quick, side, url }: CaseOptions): Promise<Measures> {
  await (await createRedisCounters(url)).empty()
  const watcher = await openRedisNode(side, url)
  const node = await forkNode(side, url)
  const heardAt = new Map<string, number>()
  const keyOf = (userId: string, isOnline: boolean) => `${userId} ${isOnline}`
  const users = userIds(0, n)
  const idlers = userIds(n, n + (quick ? 5 : 50))
  const spaces = [...new Set([...users, ...idlers].map(spaceOf))]
  await watcher.watch(spaces, (userId, isOnline) => heardAt.set(keyOf(userId, isOnline), machineMs()))

  const run = async (of: readonly string[], perSecond: number): Promise<readonly number[]> => {
    heardAt.clear()
    const random = seededRandom(2)
    const delays: number[] = []
    for (const isOnline of [true, false]) {
      // As independent users do it: at random times.
      const plan = of.map(
        (userId): PlannedChange => ({ userId, isOnline, atMs: (random() * of.length * 1000) / perSecond }),
      )
      const begun = await node.change(plan)
      const deadline = performance.now() + TIMEOUT_MS
      const isMissing = ({ userId }: PlannedChange) => !heardAt.has(keyOf(userId, isOnline))
      while (plan.some(isMissing) && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 5))
      expectEqual(plan.filter(isMissing).length, 0, 'changes not heard')
      for (const [i, { userId }] of plan.entries()) {
        delays.push((heardAt.get(keyOf(userId, isOnline)) as number) - (begun[i] as number))
      }
    }
    return delays.sort((a, b) => a - b)
  }
  await run(users.slice(0, 200), BUSY_PER_S)
  const busy = await run(users, BUSY_PER_S)
  const idle = await run(idlers, IDLE_PER_S)
  await node.kill()
  const at = (delays: readonly number[], share: number) => ({
    value: delays[Math.ceil(delays.length * share) - 1] as number,
    unit: 'ms',
  })
  return {
    'p3.propagation.p50': at(busy, 0.5),
    'p3.propagation.p99': at(busy, 0.99),
    'p3.propagation.idle.p50': at(idle, 0.5),
  }
}
