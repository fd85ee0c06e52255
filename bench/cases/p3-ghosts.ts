import { reapExpired } from '../baselines/naive-redis.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual } from '../measure.ts'
import { spaceOf, userIds } from '../nodes/bench-node.ts'
import { forkNode } from '../nodes/fork-node.ts'
import { openRedisNode } from '../nodes/open-node.ts'
import { createRedisCounters } from '../redis-counters.ts'

/** Long enough for the dead to be found and given up before anybody is due. */
const POLICY = { nodeLease: '6s', renewEvery: '1500ms', sweepEvery: '500ms', grace: '3s' } as const
const TTL_S = 5
const TIMEOUT_MS = 60_000
/** How long to listen on for what is told twice. */
const AFTER_MS = 1000

/** `kill -9` of a node; how much later than they were due its users are told offline, by the one that is left. */
export async function measure(options: CaseOptions): Promise<Measures> {
  await (await createRedisCounters(options.url)).empty()
  const late = await (options.side === 'ours' ? lateOfOurs(options) : lateOfBaseline(options))
  late.sort((a, b) => a - b)
  return {
    'p3.ghosts': { value: late.at(-1) as number, unit: 'ms' },
    'p3.ghosts.p50': { value: late[late.length >> 1] as number, unit: 'ms' },
  }
}

async function lateOfOurs({ n, url, side }: CaseOptions): Promise<number[]> {
  const node = await openRedisNode(side, url, { policy: POLICY })
  const dying = await forkNode(side, url, { policy: POLICY })
  const users = userIds(0, n)
  await dying.connect(users)
  const heard = new Map<string, number>()
  await node.watch([...new Set(users.map(spaceOf))], (userId, isOnline) => {
    if (!isOnline) heard.set(userId, (heard.get(userId) ?? 0) + 1)
  })
  await dying.kill()
  await until(() => node.told.length >= n)
  expectEqual(node.told.length, n, 'users told offline')
  expectEqual(new Set(node.told.map(({ userId }) => userId)).size, n, 'different users told offline')
  expectEqual(heard.size, n, 'users whom a watcher heard to go offline')
  expectEqual(Math.max(...heard.values()), 1, 'times that the watcher heard it of a user')
  return node.told.map(({ lateMs }) => lateMs)
}

async function lateOfBaseline({ n, url, side }: CaseOptions): Promise<number[]> {
  const heardAt = new Map<string, number>()
  await reapExpired(url, (userId) => heardAt.set(userId, Date.now()))
  const dying = await forkNode(side, url, { ttlS: TTL_S })
  const users = userIds(0, n)
  await dying.connect(users)
  const beats = await dying.beat(users)
  await dying.kill()
  await until(() => heardAt.size >= n)
  return users.map((userId, i) => (heardAt.get(userId) as number) - (beats[i] as number) - TTL_S * 1000)
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(`not done after ${TIMEOUT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, AFTER_MS))
}
