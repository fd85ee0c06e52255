import { expect, it } from 'vitest'
import { runningServer } from './running-server.ts'

it('carries hello, welcome, watch and diffs', async () => {
  await using server = await runningServer()
  const ada = await server.page()
  ada.hello('ada')
  expect(await ada.next('welcome')).toMatchObject({
    userId: 'ada',
    self: { status: 'online' },
    spaces: ['room', 'other'],
    counts: [
      { space: 'room', present: 1 },
      { space: 'other', present: 1 },
    ],
  })
  ada.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  const { topics } = await ada.next('snapshot')
  expect(topics[0]?.users.map(({ userId, status }) => `${userId} ${status}`)).toEqual(['ada online'])

  const bob = await server.page()
  bob.hello('bob')
  const diff = await ada.next('diff')
  expect(diff).toMatchObject({ topic: 'space:room', set: [{ userId: 'bob', status: 'online' }], gone: [] })
})
