import { expect, it } from 'vitest'
import { createSessionRig, type SessionRig, type TestClient } from './session-rig.ts'

/** Two who stand in `room`, of whom bob watches. */
async function pair(rig: SessionRig): Promise<{ ada: TestClient; bob: TestClient }> {
  const ada = await rig.welcomed('ada')
  const bob = await rig.welcomed('bob')
  await bob.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  return { ada, bob }
}

const typing = (forMs?: number) => ({
  type: 'signal' as const,
  space: 'room',
  name: 'typing',
  ...(forMs === undefined ? {} : { forMs }),
})

it('reaches whoever watches the space, with the sender that the server knows', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say({ type: 'signal', space: 'room', name: 'reaction', data: { emoji: '👍' }, forMs: 2000, userId: 'eve' })
  expect(bob.all('signal')).toEqual([
    { type: 'signal', space: 'room', userId: 'ada', name: 'reaction', data: { emoji: '👍' }, forMs: 2000 },
  ])
})

it('lasts five seconds unless it says otherwise, and a minute at most', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say(typing())
  await ada.say(typing(3_600_000))
  expect(bob.all('signal').map(({ forMs }) => forMs)).toEqual([5000, 60_000])
})

it('is ended by its sender with a duration of zero', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say(typing())
  await ada.say(typing(0))
  expect(bob.last('signal').forMs).toBe(0)
})

it.each([
  ['exits the space', { type: 'exit', id: 1, space: 'room' }],
  ['leaves', { type: 'leave', scope: 'connection' }],
  ['goes away', { type: 'hint' }],
] as const)('is ended when its sender %s', async (_, message) => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say(typing())
  await ada.say(message)
  expect(bob.all('signal').map(({ forMs }) => forMs)).toEqual([5000, 0])
})

it('is ended when the transport of its sender is lost', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say(typing())
  ada.session.lost()
  await rig.clock.settle()
  expect(bob.all('signal').map(({ forMs }) => forMs)).toEqual([5000, 0])
})

it('is not ended again once it expired', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say(typing())
  await rig.clock.advance(5000)
  await ada.say({ type: 'exit', id: 1, space: 'room' })
  expect(bob.all('signal')).toHaveLength(1)
})

it('is refused in a space where the sender does not stand', async () => {
  await using rig = await createSessionRig()
  const { bob } = await pair(rig)
  const eve = await rig.welcomed('eve', { spaces: [] })
  await eve.say(typing())
  expect(eve.last('error')).toMatchObject({ code: 'forbidden', details: { space: 'room' } })
  expect(bob.all('signal')).toEqual([])
})

it('of somebody invisible reaches nobody', async () => {
  await using rig = await createSessionRig()
  const { ada, bob } = await pair(rig)
  await ada.say({ type: 'claim', id: 1, status: 'invisible' })
  await ada.say(typing())
  expect(ada.all('error')).toEqual([])
  expect(bob.all('signal')).toEqual([])
})

it('passes however many there are; the first hundred are ended for their sender', async () => {
  await using rig = await createSessionRig({ rateLimits: { signal: { burst: 1000, perSecond: 1 } } })
  const { ada, bob } = await pair(rig)
  for (let i = 0; i < 120; i++) await ada.say({ type: 'signal', space: 'room', name: `drag-${i}` })
  expect(bob.all('signal')).toHaveLength(120)
  await ada.say({ type: 'exit', id: 1, space: 'room' })
  expect(bob.all('signal').filter(({ forMs }) => forMs === 0)).toHaveLength(100)
})
