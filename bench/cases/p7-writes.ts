import type { PresenceStore } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import { openNaiveUsers } from '../baselines/open-naive-users.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual } from '../measure.ts'
import { userIds, withInFlight } from '../nodes/bench-node.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'

const HOUR_MS = 3_600_000
const HEARTBEAT_MS = 30_000
const STEP_MS = 10_000

/** Writes that the store takes of each user within an hour of being online: quiet, and with input each half minute. */
export async function measure(options: CaseOptions): Promise<Measures> {
  const { n, side, database } = options
  const [quiet, active] =
    side === 'ours' ? [await hour(options, false), await hour(options, true)] : await beats(options)
  const perUser = (writes: number) => ({ value: writes / n, unit: 'a user-hour' })
  return { [`p7.writes.${database}`]: perUser(quiet), [`p7.writes.active.${database}`]: perUser(active) }
}

/** An hour of the engine's clock within seconds of the server's. */
async function hour({ n, url, database }: CaseOptions, areActive: boolean): Promise<number> {
  const clock = createVirtualClock(Date.now())
  const store = await openEmptyStore(database, url)
  const watched = watch({ ...store, now: async () => clock.now() })
  const policy = { idleAfter: false, dormantAfter: false } as const
  const node = await openRollcallNode(watched.store, { clock, policy })
  const users = userIds(0, n)
  await Promise.all(users.map(node.connect))
  const before = watched.writes()
  for (let ms = 0; ms < HOUR_MS; ms += STEP_MS) {
    if (areActive && ms % HEARTBEAT_MS === 0) for (const userId of users) node.activity(userId)
    await clock.advance(STEP_MS)
    await watched.settled()
  }
  expectEqual(await node.online(users), n, 'users online after the hour')
  return watched.writes() - before
}

/** A store that counts the writes it is given, and knows when nobody waits for it. */
function watch(store: PresenceStore) {
  let writes = 0
  let underWay = 0
  const watched = Object.fromEntries(
    Object.entries(store).map(([name, member]) => [
      name,
      typeof member !== 'function'
        ? member
        : async (...args: unknown[]) => {
            if (name === 'save') writes += (args[0] as readonly unknown[]).length
            underWay++
            try {
              return await member.apply(store, args)
            } finally {
              underWay--
            }
          },
    ]),
  ) as unknown as PresenceStore
  return {
    store: watched,
    writes: () => writes,
    /** Whoever is answered may ask for more. */
    async settled() {
      for (let quietTurns = 0; quietTurns < 8; quietTurns++) {
        await new Promise((resolve) => setImmediate(resolve))
        if (underWay > 0) quietTurns = 0
      }
    },
  }
}

/** Somebody who is online sends a heartbeat each half minute, whatever he does. */
async function beats({ n, url, database }: CaseOptions): Promise<[number, number]> {
  const users = await openNaiveUsers(database, url)
  await users.fill(n, { spaceSize: 50, isOnline: true })
  let writes = 0
  for (let ms = 0; ms < HOUR_MS; ms += HEARTBEAT_MS) {
    await withInFlight(userIds(0, n), 50, users.activity)
    writes += n
  }
  return [writes, writes]
}
