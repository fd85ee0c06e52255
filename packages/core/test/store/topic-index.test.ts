import { describe, expect, it } from 'vitest'
import { createTopicIndex } from '../../src/index.ts'

describe('a topic index', () => {
  it('finds the subscribers of a topic in the order in which they came', () => {
    const index = createTopicIndex<string>()
    index.add('first', ['user:ada', 'space:a'])
    index.add('second', ['user:ada'])
    expect([...index.of('user:ada')]).toEqual(['first', 'second'])
    expect([...index.of('space:a')]).toEqual(['first'])
    expect([...index.of('space:b')]).toEqual([])
  })

  it('answers what was new, and what was there', () => {
    const index = createTopicIndex<string>()
    expect(index.add('first', ['user:ada', 'user:ada', 'user:bob'])).toEqual(['user:ada', 'user:bob'])
    expect(index.add('first', ['user:bob', 'user:cyd'])).toEqual(['user:cyd'])
    expect(index.remove('first', ['user:bob', 'user:bob', 'user:dan'])).toEqual(['user:bob'])
    expect(index.removeAll('first')).toEqual(['user:ada', 'user:cyd'])
    expect(index.removeAll('first')).toEqual([])
  })

  it('finds each whom a change concerns once, and whoever has all with any', () => {
    const index = createTopicIndex<string>()
    index.add('first', ['user:ada', 'space:a'])
    index.add('second', ['all', 'space:a'])
    expect([...index.concernedBy(['space:a', 'user:ada'])]).toEqual(['first', 'second'])
    expect([...index.concernedBy(['node:n'])]).toEqual(['second'])
    expect([...index.concernedBy([])]).toEqual([])
  })

  it('keeps nothing of a topic that nobody has any more', () => {
    const index = createTopicIndex<string>()
    index.add('first', ['user:ada'])
    index.add('second', ['user:ada'])
    index.remove('first', ['user:ada'])
    expect(index.has('user:ada')).toBe(true)
    index.removeAll('second')
    expect(index.has('user:ada')).toBe(false)
    expect(index.isEmpty()).toBe(true)
  })
})
