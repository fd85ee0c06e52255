import { expect, it } from 'vitest'
import { createSessionRig, type SessionRig, type TestClient } from './session-rig.ts'

/** Everything a watcher was told of ada, by every way there is. */
async function seen(rig: SessionRig, eve: TestClient): Promise<unknown> {
  await rig.clock.advance(100)
  await eve.say({ type: 'query', id: 90, query: { kind: 'users', userIds: ['ada'] } })
  await eve.say({ type: 'query', id: 91, query: { kind: 'list', space: 'room' } })
  await eve.say({ type: 'query', id: 92, query: { kind: 'count', space: 'room' } })
  const late = await rig.welcomed('late')
  await late.say({
    type: 'watch',
    id: 1,
    topics: [{ topic: 'space:room' }, { topic: 'user:ada' }, { topic: 'count:room' }],
  })
  const told = [...eve.sent, ...late.sent].filter(
    ({ type }) => type !== 'welcome' && type !== 'freshness' && type !== 'self',
  )
  return JSON.parse(JSON.stringify(told), (key, value) => (key === 'generation' ? 'g' : value))
}

async function watched(act: (ada: TestClient) => Promise<void>): Promise<unknown> {
  await using rig = await createSessionRig({ presence: { access: { canWatch: () => true } } })
  const eve = await rig.welcomed('eve')
  await eve.say({
    type: 'watch',
    id: 1,
    topics: [{ topic: 'space:room' }, { topic: 'user:ada' }, { topic: 'count:room' }],
  })
  const ada = await rig.welcomed('ada')
  await rig.clock.advance(1000)
  await act(ada)
  return await seen(rig, eve)
}

it('nobody can tell a user who turned invisible from one who left at that moment', async () => {
  const left = await watched((ada) => ada.say({ type: 'leave', scope: 'connection' }))
  const hidden = await watched(async (ada) => {
    await ada.say({ type: 'claim', id: 1, status: 'invisible' })
    await ada.say({ type: 'signal', space: 'room', name: 'typing' })
    await ada.say({ type: 'state', id: 2, space: 'room', state: { page: 3 } })
    await ada.say({ type: 'message', id: 3, message: { text: 'not for you' } })
    await ada.say({ type: 'exit', id: 4, space: 'other' })
    await ada.say({ type: 'active' })
  })
  expect(hidden).toEqual(left)
})

it('who says hello invisible is never shown', async () => {
  await using rig = await createSessionRig({ presence: { access: { canWatch: () => true } } })
  const eve = await rig.welcomed('eve')
  await eve.say({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }, { topic: 'user:ada' }] })
  eve.clear()
  const ada = await rig.welcomed('ada', { invisible: { forMs: 60_000 } })
  expect(ada.last('welcome').self).toMatchObject({ status: 'online', hidden: true })
  await rig.clock.advance(1000)
  expect(eve.sent).toEqual([])
  await rig.clock.advance(60_000)
  expect(eve.all('diff').flatMap(({ set }) => set.map(({ userId, status }) => `${userId} ${status}`))).toEqual([
    'ada online',
    'ada online',
  ])
})
