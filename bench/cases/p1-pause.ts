import { createPresence, memoryStore } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { CONNECTIONS_PER_USER, inTurns, populate } from '../in-process.ts'
import { expectEqual } from '../measure.ts'
import { inProcessOf, type RollcallSocket } from '../rollcall.ts'
import { createSteppedClock } from '../stepped-clock.ts'

const MINUTE = 60_000
/** All arrive within two minutes. */
const ARRIVAL_MS = 2 * MINUTE
const AWAY_EVERY = 10
const LOST_EVERY = 100

/**
 * Longest time that the engine keeps the event loop on its own account: renewals, sweeps, flushes and deadlines. All
 * arrive; one user in ten turns away while the others are active and their stamps are flushed; one in a hundred is lost.
 */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  const clock = createSteppedClock()
  const presence = createPresence({ store: memoryStore({ clock }), clock })
  await presence.start()
  const subject = inProcessOf(presence, { resumable: false })
  const { arrivals, userIds } = populate(subject, n, 1)
  const numberOf = new Map(userIds.map((userId, number) => [userId, number]))
  const every = (sockets: readonly RollcallSocket[], nth: number) =>
    sockets.filter(({ userId }) => (numberOf.get(userId) as number) % nth === 0)

  await inTurns(arrivals, async (batch) => {
    await subject.connect(batch)
    await clock.run(ARRIVAL_MS / arrivals.length)
  })
  expectEqual(presence.held, n * CONNECTIONS_PER_USER, 'connections held')
  const arriving = clock.longestMs
  clock.forget()

  const quiet = new Set(arrivals.flatMap((batch) => every(batch, AWAY_EVERY)))
  await clock.run(2.5 * MINUTE)
  await inTurns(arrivals, async (batch) => {
    subject.activity(batch.filter((socket) => !quiet.has(socket)))
    await clock.run(MINUTE / arrivals.length)
  })
  await clock.run(2.5 * MINUTE)
  expectEqual(await presence.count({ status: 'away' }), Math.ceil(n / AWAY_EVERY), 'users away')
  expectEqual(await presence.count({ status: 'online' }), n - Math.ceil(n / AWAY_EVERY), 'users online')

  for (const batch of arrivals) for (const { handle } of every(batch, LOST_EVERY)) handle?.lost()
  await clock.run(MINUTE / 2)
  expectEqual(subject.heard.offline, Math.ceil(n / LOST_EVERY), 'users heard to go offline')
  return {
    'p1.pause': { value: Math.max(arriving, clock.longestMs), unit: 'ms' },
    'p1.pause.arriving': { value: arriving, unit: 'ms' },
  }
}
