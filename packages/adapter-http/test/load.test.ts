import { createPresence, memoryStore, type PresenceStore } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import { expect, it } from 'vitest'
import { createPresenceHandler } from '../src/index.ts'
import { authenticate, requestOf } from './served.ts'

const USERS = 20_000
const BEAT_S = 30
const LEASE_S = 90

it('writes of 20,000 users who beat every 30 s at most once per user and third of the lease', {
  timeout: 120_000,
}, async () => {
  const clock = createVirtualClock()
  const memory = memoryStore({ clock })
  let written = 0
  const store: PresenceStore = {
    ...memory,
    save(writes) {
      written += writes.length
      return memory.save(writes)
    },
  }
  // Neither idle nor dormant: a change of phase is a write of its own.
  const policy = { idleAfter: false, dormantAfter: false, lease: `${LEASE_S}s` } as const
  await using presence = createPresence({ store, clock, policy })
  await presence.start()
  const handler = createPresenceHandler(presence, { authenticate })
  const beat = async (as: string): Promise<boolean> => {
    const response = await handler(requestOf('POST', '/presence/heartbeat', { as }))
    return (await response.json()).counted
  }
  let counted = 0
  const second = async (at: number) => {
    const beats: Promise<boolean>[] = []
    for (let user = at % BEAT_S; user < USERS; user += BEAT_S) beats.push(beat(`user-${user}`))
    counted += (await Promise.all(beats)).filter(Boolean).length
    await clock.advance(1000)
  }
  for (let at = 0; at < BEAT_S; at++) await second(at)
  expect([counted, await presence.count()]).toEqual([USERS, USERS])

  const before = written
  for (let at = 0; at < LEASE_S; at++) await second(at)
  const thirds = 3
  const perUserAndThird = (written - before) / USERS / thirds
  expect(counted).toBe(USERS * (1 + LEASE_S / BEAT_S))
  expect(perUserAndThird).toBeLessThanOrEqual(1)
  // They do live by their beats: without any they are gone one lease later.
  expect(await presence.count()).toBe(USERS)
  for (let passed = 0; passed < LEASE_S + 20; passed++) await clock.advance(1000)
  expect(await presence.count()).toBe(0)
})
