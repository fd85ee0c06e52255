import { expect, it } from 'vitest'
import { memoryStore, type UserRecord } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { setRecord } from './set-record.ts'
import { createTestNode } from './test-node.ts'

const NEVER_IDLE = { idleAfter: false, dormantAfter: false } as const

it.each([1, 2])('what was acknowledged is there again, although %i other changes were saved since', async (others) => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const node = await createTestNode({ clock, store, policy: NEVER_IDLE })
  const other = await createTestNode({ clock, store, policy: NEVER_IDLE })
  await node.connect('ada')
  const [before] = await store.load(['ada'])
  await node.presence.claim('ada', { source: 'calendar', status: 'busy' })
  // As a replica that takes over without the last write.
  await setRecord(store, 'ada', before as UserRecord, node.presence.policy)
  for (let i = 1; i <= others; i++) await other.presence.setMessage('ada', { text: `lunch ${i}` })
  await clock.advance(60_000)
  const { status, message } = await other.presence.get('ada')
  expect([status, message?.text]).toEqual(['busy', `lunch ${others}`])
  for (const each of [node, other]) await each[Symbol.asyncDispose]()
})

it('a newer state that was heard late is no loss', async () => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const node = await createTestNode({ clock, store, policy: NEVER_IDLE })
  const other = await createTestNode({ clock, store, policy: NEVER_IDLE })
  await node.connect('ada')
  await clock.advance(1000)
  for (let i = 0; i < 20; i++) {
    await Promise.all([
      node.presence.setMessage('ada', { text: `here ${i}` }),
      other.presence.claim('ada', { source: 'calendar', status: i % 2 === 0 ? 'busy' : 'dnd' }),
    ])
  }
  const [record] = await store.load(['ada'])
  // A state that was restored has an epoch of its own.
  expect([record?.epoch, record?.version]).toEqual([node.startedAt, 41])
  for (const each of [node, other]) await each[Symbol.asyncDispose]()
})
