import { expect, it } from 'vitest'
import { createPresence, memoryStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

it('a process that was never started stamps with the store’s time, however wrong its own clock is', async () => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const hour = 3_600_000
  const presence = createPresence({ store, clock: { ...clock, now: () => clock.now() + hour } })
  await presence.touch({ userId: 'ada' })
  const [record] = await store.load(['ada'])
  expect(record?.lastActiveAt).toBe(clock.now())
})

it('a process that was never started ends nobody’s lease, for it cannot know that the others hold off', async () => {
  const clock = createVirtualClock()
  const store = faultyStore(memoryStore({ clock }))
  const node = await createTestNode({ clock, store })
  const worker = createPresence({ clock, store })
  await worker.touch({ userId: 'ada', sessionId: 's' })
  await clock.advance(60_000)
  store.down = true
  await clock.advance(60_000)
  store.down = false
  await clock.advance(6000)
  expect(await node.presence.sweep()).toMatchObject({ heldOff: true })
  // An integration says something of her, before she had time to come back.
  await worker.claim('ada', { source: 'calendar', status: 'busy' })
  expect(await node.statusOf('ada')).toBe('busy')
  await clock.advance(120_000)
  expect(await node.statusOf('ada')).toBe('offline')
  await node[Symbol.asyncDispose]()
})
