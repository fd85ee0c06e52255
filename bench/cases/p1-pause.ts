import { createPresence, memoryStore } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { type InProcess, inTurns, populate } from '../in-process.ts'
import { expectEqual } from '../measure.ts'
import { inProcessOf, type RollcallSocket } from '../rollcall.ts'
import { createSteppedClock, type SteppedClock } from '../stepped-clock.ts'

const MINUTE = 60_000
/** All arrive within two minutes. */
const ARRIVAL_MS = 2 * MINUTE
const AWAY_EVERY = 10
const LOST_EVERY = 100

/**
 * Some minutes of `users`: all arrive; one user in ten turns away while the others are active and their stamps are
 * flushed; then one in a hundred is lost.
 */
async function live<H>(
  clock: SteppedClock,
  subject: InProcess<RollcallSocket, H>,
  users: number,
  seed: number,
): Promise<void> {
  const { arrivals, userIds } = populate(subject, users, seed)
  const numberOf = new Map(userIds.map((userId, number) => [userId, number]))
  const isNth = ({ userId }: RollcallSocket, nth: number) => (numberOf.get(userId) as number) % nth === 0

  await inTurns(arrivals, async (batch) => {
    await subject.connect(batch)
    await clock.run(ARRIVAL_MS / arrivals.length)
  })
  await clock.run(2.5 * MINUTE)
  await inTurns(arrivals, async (batch) => {
    subject.activity(batch.filter((socket) => !isNth(socket, AWAY_EVERY)).map(subject.handleOf))
    await clock.run(MINUTE / arrivals.length)
  })
  await clock.run(2.5 * MINUTE)
  for (const batch of arrivals) for (const socket of batch) if (isNth(socket, LOST_EVERY)) socket.handle?.lost()
  await clock.run(MINUTE / 2)
}

/** Longest time that the engine keeps the event loop on its own account: renewals, sweeps, flushes and deadlines. */
export async function measure({ n, quick }: CaseOptions): Promise<Measures> {
  const clock = createSteppedClock()
  const presence = createPresence({ store: memoryStore({ clock }), clock })
  await presence.start()
  const subject = inProcessOf(presence, { resumable: false })
  const warm = quick ? 500 : 5000
  await live(clock, subject, warm, 0)
  await presence.stop()
  await clock.run(5 * MINUTE)
  const next = createPresence({ store: memoryStore({ clock }), clock })
  await next.start()
  const measured = inProcessOf(next, { resumable: false })
  clock.takeLongest()

  await live(clock, measured, n, 1)
  const lost = Math.ceil(n / LOST_EVERY)
  const away = Math.ceil(n / AWAY_EVERY) - lost
  expectEqual(await next.count({ status: 'away' }), away, 'users away')
  expectEqual(await next.count({ status: 'online' }), n - lost - away, 'users online')
  expectEqual(measured.heard.offline, lost, 'users heard to go offline')
  const { ms, withCollectorMs } = clock.takeLongest()
  return {
    'p1.pause': { value: ms, unit: 'ms' },
    'p1.pause.collector': { value: withCollectorMs, unit: 'ms' },
  }
}
