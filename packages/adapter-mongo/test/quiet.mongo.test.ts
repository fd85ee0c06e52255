import { createPresence } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import type { CommandStartedEvent } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { createIndexes, mongoStore } from '../src/index.ts'
import { openDatabase } from './database.ts'
import { hold } from './held.ts'

const HOUR_S = 3600
const STEP_S = 10

/** Commands of one hour in which this many users are online and do nothing, by name and collection. */
async function quietHour(users: number): Promise<Readonly<Record<string, number>>> {
  await using database = await openDatabase('MONGO_URL', 7, { monitorCommands: true })
  const { client, db } = database
  await createIndexes(db)
  const clock = createVirtualClock(Date.now())
  const store = mongoStore(db)
  const presence = createPresence({
    // Hours of the clock pass within seconds of the server's.
    store: { ...store, now: async () => clock.now() },
    clock,
    random: () => 0,
    policy: { idleAfter: false, dormantAfter: false },
  })
  await presence.start()
  for (let i = 0; i < users; i++) await hold(presence, `user ${i}`)

  const counts: Record<string, number> = {}
  const underWay = new Set<number>()
  let settled = () => {}
  client.on('commandStarted', ({ requestId, commandName, command }: CommandStartedEvent) => {
    // The feed keeps the server's time, which is too slow for this clock.
    if (['getMore', 'killCursors'].includes(commandName) || command.aggregate === 1) return
    underWay.add(requestId)
    const of = `${commandName} ${command[commandName]}`
    counts[of] = (counts[of] ?? 0) + 1
  })
  const onEnd = ({ requestId }: { readonly requestId: number }) => {
    if (underWay.delete(requestId) && underWay.size === 0) settled()
  }
  client.on('commandSucceeded', onEnd).on('commandFailed', onEnd)
  for (let s = 0; s < HOUR_S; s += STEP_S) {
    await clock.advance(STEP_S * 1000)
    // Whoever is answered may ask for more.
    for (let rounds = 0; rounds < 8; rounds++) {
      if (underWay.size > 0) await new Promise<void>((resolve) => (settled = resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const hour = { ...counts }
  expect(await presence.count({})).toBe(users)
  await presence.stop()
  await store.close()
  return hour
}

describe('a quiet hour', () => {
  // The hour is virtual, but each of its renewals and sweeps asks a real server.
  it('of 60 users costs a renewal and a sweep every 10 s, and no command for any user', {
    timeout: 240_000,
  }, async () => {
    const hour = await quietHour(60)
    const periods = HOUR_S / 10
    // A sweep asks for the hold-off and for the leases.
    const most = Object.fromEntries(Object.keys(hour).map((name) => [name, name === 'find presence_nodes' ? 2 : 1]))
    for (const [name, count] of Object.entries(hour)) {
      expect(count, name).toBeLessThanOrEqual((most[name] ?? 0) * periods + 5)
    }
    expect(Object.keys(hour).sort()).toEqual([
      'aggregate presence_users',
      'distinct presence_users',
      'find presence_nodes',
      'find presence_users',
      'findAndModify presence_nodes',
      'update presence_nodes',
    ])
  })
})
