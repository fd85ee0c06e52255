import { expect, it } from 'vitest'
import { createTopics } from '../../src/client/topics.ts'

it('what is watched no more leaves nothing behind', () => {
  const topics = createTopics()
  const since = { generation: 'g', n: 3 }
  topics.add([{ topic: 'space:a', since }])
  topics.remove(['space:a'])
  topics.add([{ topic: 'space:a' }])
  expect(JSON.parse(JSON.stringify(topics.all()))).toEqual([{ topic: 'space:a' }])
})
