import type { CaseOptions } from '../contests.ts'
import { type Measures, median } from '../figures.ts'
import { cpuMs, expectEqual, seededRandom, shuffled } from '../measure.ts'
import { SPACE_SIZE, spaceOf, userIds, withInFlight } from '../nodes/bench-node.ts'
import { openRedisNode } from '../nodes/open-node.ts'
import { redisStoreAt } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'
import { countSent, createRedisCounters } from '../redis-counters.ts'

const IN_FLIGHT = 256
const ROUNDS_OF_ACTIVITY = 10
const READ = 500

/** One node on Redis: everybody connects, shows signs of life, is read by another node, and leaves. */
export async function measure({ n, quick, side, url }: CaseOptions): Promise<Measures> {
  const counters = await createRedisCounters(url)
  await counters.empty()
  const sent = countSent()
  const node = await openRedisNode(side, url)
  const warm = userIds(n, n + (quick ? 100 : 4000))
  await withInFlight(warm, IN_FLIGHT, node.connect)
  await withInFlight(warm, IN_FLIGHT, node.disconnect)

  const random = seededRandom(1)
  const everybody = Array.from(shuffled(n, random), (i) => `user-${i}`)
  const told = node.told.length
  const phase = async (work: (userId: string) => Promise<void> | void, rounds = 1) => {
    const before = { counters: await counters.read(), sent: sent(), cpu: cpuMs(), wall: performance.now() }
    for (let round = 0; round < rounds; round++) await withInFlight(everybody, IN_FLIGHT, work)
    const [wall, cpu, commands] = [performance.now() - before.wall, cpuMs() - before.cpu, sent() - before.sent]
    const after = await counters.read()
    return {
      perSecond: { value: (n / wall) * 1000, unit: 'op/s' },
      cpu: { value: (cpu * 1000) / n, unit: 'CPU µs' },
      commands,
      executed: after.executed - before.counters.executed,
      redisCpu: after.cpuMs - before.counters.cpuMs,
      bytes: after.usedBytes - before.counters.usedBytes,
    }
  }
  const connecting = await phase(node.connect)
  const active = await phase(node.activity, ROUNDS_OF_ACTIVITY)
  const reading = side === 'ours' ? await readByAnother(url, n, quick) : await read(node.online, n, quick)
  const leaving = await phase(node.disconnect)
  expectEqual(node.told.length - told, 2 * n, 'times somebody was told to come or go')
  expectEqual(await node.online(everybody.slice(0, READ)), 0, 'users online after all left')
  await node.close()
  const perOperation = (count: number) => ({ value: count / (2 * n), unit: 'commands' })
  return {
    'p3.connect.1node': connecting.perSecond,
    'p3.disconnect.1node': leaving.perSecond,
    'p3.cpu': connecting.cpu,
    'p3.cpu.redis': { value: (connecting.redisCpu * 1000) / n, unit: 'CPU µs' },
    'p3.commands': perOperation(connecting.commands + leaving.commands),
    'p3.commands.executed': perOperation(connecting.executed + leaving.executed),
    'p3.activity.commands': { value: active.commands / (n * ROUNDS_OF_ACTIVITY), unit: 'commands' },
    'p3.bytes': { value: connecting.bytes / n, unit: 'B/connection' },
    ...reading,
  }
}

/** Another node, which holds none of them, and which begins to watch some organisations. */
async function readByAnother(url: string, n: number, quick: boolean): Promise<Measures> {
  const other = await openRollcallNode(redisStoreAt(url))
  const reading = await read(other.online, n, quick)
  const spaces = Array.from({ length: READ / SPACE_SIZE }, (_, i) => spaceOf(`user-${i * SPACE_SIZE}`))
  await other.watch(spaces, () => {})
  const { 'p3.read500': watched } = await read(() => other.onlineIn(spaces), n, quick)
  await other.close()
  return { ...reading, ...(watched && { 'p3.read500.watched': watched }) }
}

/** One read after the other, as a page of an application does it; the median. */
async function read(online: (userIds: readonly string[]) => Promise<number>, n: number, quick: boolean) {
  const random = seededRandom(2)
  const times: number[] = []
  for (let i = 0; i < (quick ? 5 : 200); i++) {
    const some = Array.from({ length: READ }, () => `user-${Math.floor(random() * n)}`)
    const from = performance.now()
    const found = await online(some)
    times.push(performance.now() - from)
    expectEqual(found, READ, 'users read as online')
  }
  return { 'p3.read500': { value: median(times) * 1000, unit: 'µs' } } satisfies Measures
}
