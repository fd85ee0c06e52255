import { createPresence, memoryStore } from '@rollcall/core'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { inTurns, populate } from '../in-process.ts'
import { expectEqual, seededRandom } from '../measure.ts'
import { inProcessOf, type RollcallSocket } from '../rollcall.ts'
import { createSteppedClock, longestSlice } from '../stepped-clock.ts'

const MINUTE = 60_000
/** All arrive within two minutes. */
const ARRIVAL_MS = 2 * MINUTE
const PASSES = 3
const AWAY_EVERY = 10
const LOST_EVERY = 100

/**
 * Some minutes of `users`: all arrive; one user in ten turns away while the others are active and their stamps are
 * flushed; then one in a hundred is lost.
 */
async function live(users: number): Promise<readonly number[]> {
  const clock = createSteppedClock()
  // Periods are jittered: each pass must draw the same lots.
  Math.random = seededRandom(5)
  // Never stopped: without its clock nothing of it moves.
  const presence = createPresence({ store: memoryStore({ clock }), clock })
  await presence.start()
  const subject = inProcessOf(presence, { resumable: false })
  const { arrivals, userIds } = populate(subject, users, 1)
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
  const lost = Math.ceil(users / LOST_EVERY)
  const away = Math.ceil(users / AWAY_EVERY) - lost
  expectEqual(await presence.count({ status: 'away' }), away, 'users away')
  expectEqual(await presence.count({ status: 'online' }), users - lost - away, 'users online')
  expectEqual(subject.heard.offline, lost, 'users heard to go offline')
  return clock.slices
}

/** Longest time that the engine keeps the event loop on its own account: renewals, sweeps, flushes and deadlines. */
export async function measure({ n }: CaseOptions): Promise<Measures> {
  const passes: (readonly number[])[] = []
  for (let pass = 0; pass < PASSES; pass++) passes.push(await live(n))
  const collectorMs = Math.max(...passes.flat())
  return {
    'p1.pause': { value: longestSlice(passes), unit: 'ms' },
    'p1.pause.collector': { value: collectorMs, unit: 'ms' },
  }
}
