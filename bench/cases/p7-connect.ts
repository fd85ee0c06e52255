import { openNaiveUsers } from '../baselines/open-naive-users.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { cpuMs, expectEqual, seededRandom, shuffled } from '../measure.ts'
import { userIds, withInFlight } from '../nodes/bench-node.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'

const IN_FLIGHT = 256
const SPACE_SIZE = 50

/** One node: everybody connects, and leaves. */
export async function measure({ n, side, quick, url, database }: CaseOptions): Promise<Measures> {
  const warmers = quick ? 50 : 500
  const node =
    side === 'ours'
      ? await openRollcallNode(await openEmptyStore(database, url))
      : await openNaiveUsers(database, url).then(async (users) => {
          await users.fill(n + warmers, { spaceSize: SPACE_SIZE, isOnline: false })
          return users
        })
  const warm = userIds(n, n + warmers)
  await withInFlight(warm, IN_FLIGHT, node.connect)
  await withInFlight(warm, IN_FLIGHT, node.disconnect)
  const everybody = Array.from(shuffled(n, seededRandom(1)), (i) => `user-${i}`)
  const phase = async (work: (userId: string) => Promise<void>) => {
    const [from, cpu] = [performance.now(), cpuMs()]
    await withInFlight(everybody, IN_FLIGHT, work)
    return { ms: performance.now() - from, cpu: cpuMs() - cpu }
  }
  const connecting = await phase(node.connect)
  expectEqual(await node.online(everybody.slice(0, 500)), Math.min(n, 500), 'users online')
  const leaving = await phase(node.disconnect)
  expectEqual(await node.online(everybody.slice(0, 500)), 0, 'users online after all left')
  await node.close()
  return {
    [`p7.connect.${database}`]: { value: (n / connecting.ms) * 1000, unit: 'op/s' },
    [`p7.disconnect.${database}`]: { value: (n / leaving.ms) * 1000, unit: 'op/s' },
    [`p7.cpu.${database}`]: { value: (connecting.cpu * 1000) / n, unit: 'CPU µs' },
  }
}
