import { describe, expect, it } from 'vitest'
import { createSessionRig } from './session-rig.ts'

describe('a list', () => {
  it('comes in pages, each user with that space alone', async () => {
    await using rig = await createSessionRig()
    for (const user of ['ada', 'bob', 'eve']) await rig.welcomed(user)
    const zoe = await rig.welcomed('zoe')
    await zoe.say({ type: 'query', id: 1, query: { kind: 'list', space: 'room', limit: 3 } })
    const first = zoe.answer(1) as unknown as { result: { users: { userId: string; spaces: unknown }[]; next: string } }
    expect(first.result.users.map(({ userId }) => userId)).toEqual(['ada', 'bob', 'eve'])
    expect(first.result.users[0]?.spaces).toEqual([{ space: 'room', state: null }])
    await zoe.say({ type: 'query', id: 2, query: { kind: 'list', space: 'room', cursor: first.result.next } })
    expect(zoe.answer(2)).toMatchObject({ result: { users: [{ userId: 'zoe' }], next: null } })
  })

  it('may be of one status', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await rig.welcomed('bob')
    await ada.say({ type: 'claim', id: 1, status: 'busy' })
    await ada.say({ type: 'query', id: 2, query: { kind: 'list', space: 'room', status: 'busy' } })
    expect(ada.answer(2)).toMatchObject({ result: { users: [{ userId: 'ada', status: 'busy' }], next: null } })
  })

  it('shows admins the real state', async () => {
    const access = { isAdmin: (viewer: { userId: string }) => viewer.userId === 'root' }
    await using rig = await createSessionRig({ presence: { access } })
    const root = await rig.welcomed('root')
    const ada = await rig.welcomed('ada')
    await ada.say({ type: 'claim', id: 1, status: 'invisible' })
    const list = { type: 'query', id: 2, query: { kind: 'list', space: 'room' } } as const
    await root.say(list)
    await ada.say(list)
    expect(root.answer(2)).toMatchObject({ result: { users: [{ userId: 'ada', hidden: true }, { userId: 'root' }] } })
    expect(ada.answer(2)).toMatchObject({ result: { users: [{ userId: 'root' }] } })
  })
})

it('a count is by status', async () => {
  await using rig = await createSessionRig()
  const ada = await rig.welcomed('ada')
  await rig.welcomed('bob')
  await ada.say({ type: 'claim', id: 1, status: 'dnd' })
  await ada.say({ type: 'query', id: 2, query: { kind: 'count', space: 'room' } })
  expect(ada.answer(2)).toEqual({ type: 'ack', id: 2, result: { present: 2, online: 1, away: 0, busy: 0, dnd: 1 } })
})

it('users come in the order asked for, without the spaces they stand in', async () => {
  await using rig = await createSessionRig()
  const ada = await rig.welcomed('ada')
  await rig.welcomed('bob')
  await ada.say({ type: 'query', id: 1, query: { kind: 'users', userIds: ['bob', 'ada'] } })
  expect(ada.answer(1)).toMatchObject({
    result: {
      users: [
        { userId: 'bob', status: 'online', spaces: [] },
        { userId: 'ada', spaces: [] },
      ],
      next: null,
    },
  })
})

it.each([
  { kind: 'list', space: 'secret' },
  { kind: 'count', space: 'secret' },
  { kind: 'users', userIds: ['ada', 'stranger'] },
] as const)('what may not be watched may not be asked: $kind', async (query) => {
  await using rig = await createSessionRig()
  const ada = await rig.welcomed('ada')
  await ada.say({ type: 'query', id: 1, query })
  expect(ada.answer(1)).toMatchObject({ type: 'error', code: 'forbidden' })
  expect(rig.refusals).toEqual(['query forbidden'])
})

it('a cursor that the client made up is refused or ignored, never fatal', async () => {
  await using rig = await createSessionRig()
  const ada = await rig.welcomed('ada')
  await ada.say({ type: 'query', id: 1, query: { kind: 'list', space: 'room', cursor: '{"$gt":""}' } })
  expect(ada.answer(1)).toBeDefined()
  await ada.say({ type: 'query', id: 2, query: { kind: 'list', space: 'room' } })
  expect(ada.answer(2)).toMatchObject({ type: 'ack' })
})
