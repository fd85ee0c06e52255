import { describe, expect, it } from 'vitest'
import { createReader } from '../../src/engine/reader.ts'
import { memoryStore } from '../../src/index.ts'
import { faultyStore } from './faulty-store.ts'

describe('reading records one by one', () => {
  it('asks for everything of one turn in one call, and for each user once', async () => {
    const store = faultyStore(memoryStore())
    const reader = createReader(store)
    expect(await Promise.all(['ada', 'bob', 'ada'].map((userId) => reader.load(userId)))).toEqual([null, null, null])
    await reader.load('ada')
    expect(store.loads).toEqual([['ada', 'bob'], ['ada']])
  })

  it('fails for everyone who asked in that turn, and works in the next', async () => {
    const store = faultyStore(memoryStore())
    const reader = createReader(store)
    store.down = true
    const outcomes = await Promise.allSettled([reader.load('ada'), reader.load('bob')])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    store.down = false
    expect(await reader.load('ada')).toBe(null)
  })
})
