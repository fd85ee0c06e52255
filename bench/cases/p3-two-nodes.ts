import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { seededRandom, shuffled } from '../measure.ts'
import { forkNode } from '../nodes/fork-node.ts'
import { createRedisCounters } from '../redis-counters.ts'

/** Two nodes in processes of their own, each with half of the users, at once. */
export async function measure({ n, side, url }: CaseOptions): Promise<Measures> {
  await (await createRedisCounters(url)).empty()
  const nodes = await Promise.all([forkNode(side, url), forkNode(side, url)])
  const halves = (from: number, to: number) => {
    const users = Array.from(shuffled(to - from, seededRandom(1)), (i) => `user-${from + i}`)
    return [users.slice(0, users.length / 2), users.slice(users.length / 2)] as const
  }
  const both = async (order: 'connect' | 'disconnect', of: ReturnType<typeof halves>) => {
    const from = performance.now()
    await Promise.all(nodes.map((node, i) => node[order](of[i] as string[])))
    return performance.now() - from
  }
  const warm = halves(n, n + Math.min(n, 4000))
  await both('connect', warm)
  await both('disconnect', warm)
  const users = halves(0, n)
  const connectMs = await both('connect', users)
  const disconnectMs = await both('disconnect', users)
  for (const node of nodes) await node.kill()
  return {
    'p3.connect.2nodes': { value: (n / connectMs) * 1000, unit: 'op/s' },
    'p3.disconnect.2nodes': { value: (n / disconnectMs) * 1000, unit: 'op/s' },
  }
}
