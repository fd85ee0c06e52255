import { expect, it } from 'vitest'
import { memoryStore, type PresenceStore, type UserRecord } from '../../src/index.ts'
import { entriesOf } from '../../src/machine/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { createTestNode, type EngineNode } from './test-node.ts'

const NEVER_IDLE = { idleAfter: false, dormantAfter: false } as const

/** The store goes back to what it had before, as a replica that takes over without the last write. */
async function rollBack(store: PresenceStore, before: UserRecord, { presence }: EngineNode): Promise<void> {
  const { userId, epoch, version } = before
  const [standing] = await store.load([userId])
  const note = { topics: [], change: null }
  const index = entriesOf(before, presence.policy)
  const change = { userId, epoch, version, record: before, note }
  const write = { userId, record: before, expected: standing?.rev ?? null, writer: 'nobody', index, topics: [], change }
  expect(await store.save([write])).toEqual([{ ok: true }])
}

it.each([1, 2])('what was acknowledged is there again, although %i other changes were saved since', async (others) => {
  const clock = createVirtualClock()
  const store = memoryStore({ clock })
  const node = await createTestNode({ clock, store, policy: NEVER_IDLE })
  const other = await createTestNode({ clock, store, policy: NEVER_IDLE })
  await node.connect('ada')
  const [before] = await store.load(['ada'])
  await node.presence.claim('ada', { source: 'calendar', status: 'busy' })
  await rollBack(store, before as UserRecord, node)
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
