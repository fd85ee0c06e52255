import { expect, it } from 'vitest'
import { createPresence, memoryStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'

it('a process that was never started stamps with the store’s time, however wrong its own clock is', async () => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const hour = 3_600_000
  const presence = createPresence({ store, clock: { ...clock, now: () => clock.now() + hour } })
  await presence.touch({ userId: 'ada' })
  const [record] = await store.load(['ada'])
  expect(record?.lastActiveAt).toBe(clock.now())
})
