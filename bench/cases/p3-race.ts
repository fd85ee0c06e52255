import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { userIds } from '../nodes/bench-node.ts'
import { forkNode } from '../nodes/fork-node.ts'
import { createRedisCounters } from '../redis-counters.ts'

/**
 * Everybody connects on two nodes at once, then leaves both at once. Each user is to be told online once and offline
 * once, by whichever node.
 */
export async function measure({ n, side, url }: CaseOptions): Promise<Measures> {
  await (await createRedisCounters(url)).empty()
  const [a, b] = await Promise.all([forkNode(side, url), forkNode(side, url)])
  const users = userIds(0, n)
  let lost = 0
  let doubled = 0
  let wrong = 0
  const round = async (order: 'connect' | 'disconnect') => {
    await Promise.all([a[order](users), b[order](users)])
    const isOnline = order === 'connect'
    const times = new Map(users.map((userId) => [userId, 0]))
    for (const told of [...(await a.told()), ...(await b.told())]) {
      if (told.isOnline === isOnline) times.set(told.userId, (times.get(told.userId) ?? 0) + 1)
      else wrong++
    }
    for (const count of times.values()) {
      if (count === 0) lost++
      doubled += Math.max(0, count - 1)
    }
    for (const node of [a, b]) wrong += Math.abs((await node.online(users)) - (isOnline ? n : 0))
  }
  await round('connect')
  await round('disconnect')
  for (const node of [a, b]) await node.kill()
  const events = (value: number) => ({ value, unit: `of ${2 * n} events` })
  return { 'p3.race.lost': events(lost), 'p3.race.doubled': events(doubled), 'p3.race.wrong': events(wrong) }
}
